#pragma once
/// Masks that name what they segment: structures of a DICOM RTSTRUCT, segments of a DICOM SEG.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radloom/error.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// A structure or a segment, as the file counts and calls it.
struct MaskName {
  std::int64_t number = 0;  ///< ROI Number or Segment Number
  std::string name;         ///< ROI Name or Segment Label, in UTF-8
  bool outlined = true;     ///< whether it has a closed contour or a frame at all
};

/// A structure or segment that was drawn on a grid. They may overlap, so each owns several values of the volume.
struct DrawnRegion {
  MaskName name;
  std::vector<std::int64_t>
      values;                    ///< of the volume's voxels that belong to it; none where it encloses no voxel centre
  std::optional<Error> problem;  ///< why it was not drawn
};

struct DrawnMask {
  Volume volume;  ///< uint16 on the image's grid; 0 belongs to nothing
  std::vector<DrawnRegion> regions;
};

/// A mask file whose regions lie in the patient and not on a grid of their own. Immutable; any number of threads may draw.
class NamedMask {
 public:
  /// Opens a DICOM RTSTRUCT or SEG, or the only one in a folder that holds no images; nothing where the path is none of
  /// these. Reads everything but pixels. Throws Error(file_missing | not_a_file | file_unreadable | file_truncated |
  /// file_corrupt).
  static std::optional<NamedMask> open(const std::filesystem::path& path);

  ~NamedMask();
  NamedMask(NamedMask&&) noexcept;
  NamedMask& operator=(NamedMask&&) noexcept;

  const std::filesystem::path& path() const noexcept;
  /// In the order of the file; numbers are unique, names need not be.
  const std::vector<MaskName>& names() const noexcept;
  /// Of the stored bytes.
  std::string sha256() const;

  /// Draws the regions of these numbers (all of names()) on an image's grid.
  ///
  /// Structure: a voxel belongs to it where its centre lies inside an odd number of the structure's contours in its slice
  /// (even-odd, so that a contour inside another cuts a hole, and keyholes close). A centre on a contour counts where the
  /// inside lies towards larger indices. Points are taken to a millionth (2^-20) of a voxel. Contours lie in slices, to a tenth of the slices'
  /// distance; others, and those that leave the image, are the region's `problem`. Slices without a contour stay empty.
  /// Open contours and points enclose nothing.
  ///
  /// Segment: its frames are placed by their positions, rows and columns along the image's axes in any order or direction, to a tenth
  /// of a voxel. Fractions count from half of their maximum on. Frames that are absent are empty.
  ///
  /// `frame_of_reference` is the image's, or empty where that is not known; another one is the region's `problem`.
  /// Throws Error(geometry_invalid | memory_exhausted), Error(usage) for a number that is not there.
  DrawnMask draw(
      const Geometry& image, const std::string& frame_of_reference, const std::vector<std::int64_t>& numbers) const;

 private:
  struct State;
  explicit NamedMask(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace radloom
