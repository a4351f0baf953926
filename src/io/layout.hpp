#pragma once
// What the three header parsers agree on: how the voxels of a file lie on disk and in space.
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radloom/geometry.hpp"
#include "radloom/volume.hpp"

namespace radloom::io {

/// A number as it is stored. The first eight are those of ScalarType, in its order.
enum class Stored : std::uint8_t { int8, uint8, int16, uint16, int32, uint32, float32, float64, int64, uint64 };

constexpr std::size_t bytes_of(Stored type) noexcept {
  constexpr std::array<std::size_t, 10> bytes{1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  return bytes[std::size_t(type)];
}

enum class Encoding : std::uint8_t { raw, deflate, text, hex };

/// Data that share one file. A volume has one, or as many as its slices.
struct Part {
  std::filesystem::path path;
  std::int64_t offset = 0;      ///< first stored byte; -1: the data are the last bytes of the file (raw only)
  std::int64_t length = -1;     ///< stored bytes; -1: up to the end of the file
  std::int64_t skip_lines = 0;  ///< lines to skip after `offset`
  std::int64_t skip_bytes = 0;  ///< bytes to skip after the lines
};

struct Layout {
  Geometry geometry;
  Stored type = Stored::uint8;
  bool big_endian = false;
  int components = 1;              ///< values in a voxel
  std::int64_t component_run = 1;  ///< voxels that lie together before the next component: 1 interleaved, all planar
  Encoding encoding = Encoding::raw;
  std::int64_t skip_decoded = 0;  ///< bytes of each decoded stream before the voxels
  std::vector<Part> parts;        ///< each holds an equal share of the values
  double slope = 1, intercept = 0;
  std::vector<std::filesystem::path> files;  ///< everything that belongs to the volume, the header first

  /// Data files beside the header, in their order, each a part like `like`.
  void add_parts(Part like, const std::vector<std::string>& names, const std::filesystem::path& header);
  bool rescaled() const noexcept { return slope != 1 || intercept != 0; }
};

/// The type the values are given in: float64 for what is rescaled and for 64-bit integers.
ScalarType given_type(const Layout& layout) noexcept;

/// Reads a header. Throws Error(file_missing | not_a_file | file_unreadable | file_truncated | file_corrupt |
/// unsupported_dimension | geometry_invalid). The geometry has been checked.
Layout parse_nifti(const std::filesystem::path& path);
Layout parse_nrrd(const std::filesystem::path& path);
Layout parse_meta_image(const std::filesystem::path& path);

enum class Format : std::uint8_t { nifti, nrrd, meta_image };
/// The format that the extension of a file name stands for.
std::optional<Format> format_named(const std::filesystem::path& path);
/// Chooses by the file name's extension.
Layout parse_header(const std::filesystem::path& path);

/// Expands "slice%03d.raw first last step" into file names. Only %d with flags and a width is taken.
std::vector<std::string> expand_pattern(std::string_view pattern, std::int64_t first, std::int64_t last,
    std::int64_t step, const std::filesystem::path& header);

}  // namespace radloom::io
