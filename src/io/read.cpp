#include <fmt/format.h>
#include <tbb/parallel_invoke.h>

#include <new>
#include <stdexcept>

#include "io/dicom_image.hpp"
#include "io/digest.hpp"
#include "io/layout.hpp"
#include "io/suv.hpp"
#include "io/voxels.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"

namespace radloom {
namespace {

/// Runs `work`; memory that runs out on the way becomes an error that names the file.
template <class F>
auto with_memory(const std::filesystem::path& path, F&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  throw Error(ErrorCode::memory_exhausted, fmt::format("{}: there is not enough memory to read it", path.string()));
}

/// What `decode` gives, and the digest of the files where it is asked for: beside the decoding where a thread is idle, else after it. (Of what is
/// invoked, the calling thread runs the last first.)
template <class F>
ReadVolume with_digest(const std::vector<std::filesystem::path>& files, bool digest, const F& decode) {
  ReadVolume result;
  if (!digest) result.volume = decode();
  else tbb::parallel_invoke([&] { result.sha256 = io::sha256_of(files); }, [&] { result.volume = decode(); });
  return result;
}

io::DicomSeries open_dicom(const std::filesystem::path& path, const ReadOptions& options) {
  io::DicomSeries series = io::open_series(path);
  if (options.suv != Suv::none) {
    series.factor = io::suv_factor(series, options.suv);
    series.type = ScalarType::float64;
  }
  return series;
}

void refuse_suv(const std::filesystem::path& path, const ReadOptions& options) {
  if (options.suv != Suv::none)
    throw Error(ErrorCode::file_unreadable,
        fmt::format("{}: is no DICOM series, so SUV cannot be computed; set suv to none", path.string()));
}

ReadVolume read_dicom(const std::filesystem::path& path, const ReadOptions& options) {
  if (options.channel > 0)
    throw Error(ErrorCode::usage, fmt::format("{}: is DICOM, whose pixels have one value, so there is no channel {}",
                                      path.string(), options.channel));
  const io::DicomSeries series = open_dicom(path, options);
  ReadVolume result = with_digest(series.files(), options.digest, [&] { return io::read_series(series); });
  result.frame_of_reference = series.frame_of_reference();
  return result;
}

}  // namespace

Suv suv_named(std::string_view name) {
  if (name == "none") return Suv::none;
  if (name == "bw") return Suv::body_weight;
  if (name == "bsa") return Suv::body_surface_area;
  if (name == "lbm") return Suv::lean_body_mass;
  throw Error(ErrorCode::usage, fmt::format("no SUV is called '{}'; these are: bw, bsa, lbm", name));
}

VolumeHeader read_header(const std::filesystem::path& path, const ReadOptions& options) {
  return with_memory(path, [&] {
    if (io::means_dicom(path)) {
      const io::DicomSeries series = open_dicom(path, options);
      return VolumeHeader{series.geometry, series.type, 1};
    }
    refuse_suv(path, options);
    const io::Layout layout = io::parse_header(path);
    return VolumeHeader{layout.geometry, io::given_type(layout), layout.components};
  });
}

ReadVolume read_volume(const std::filesystem::path& path, const ReadOptions& options) {
  return with_memory(path, [&] {
    if (io::means_dicom(path)) return read_dicom(path, options);
    refuse_suv(path, options);
    const io::Layout layout = io::parse_header(path);
    if (layout.components > 1 && options.channel < 0)
      throw Error(ErrorCode::vector_image,
          fmt::format("{}: has {} components in a voxel; name the one to take (Label_channel), "
                      "or split it",
              path.string(), layout.components));
    if (options.channel >= layout.components)
      throw Error(ErrorCode::usage,
          fmt::format("{}: has {} components in a voxel, so there is no channel {} (they count from 0)", path.string(),
              layout.components, options.channel));
    return with_digest(
        layout.files, options.digest, [&] { return io::read_voxels(layout, std::max(options.channel, 0)); });
  });
}

}  // namespace radloom
