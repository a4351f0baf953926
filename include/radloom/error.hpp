#pragma once
/// Errors the library throws. It never prints, aborts or exits; whoever calls decides what to tell whom.
#include <stdexcept>
#include <string>
#include <string_view>

namespace radloom {

/// What went wrong, as a stable code. `code_name` is what records carry, so a name never changes its meaning.
enum class ErrorCode {
  usage,                  ///< wrong arguments on the command line or of a public function
  config_invalid,         ///< a key or a value of a configuration that cannot be
  config_unsupported,     ///< a setting that is known and not built yet
  manifest_invalid,       ///< a manifest that cannot be read
  file_missing,           ///< no such file
  not_a_file,             ///< a directory or a device where a file is needed
  file_unreadable,        ///< not a format that is read, or a damaged header
  file_truncated,         ///< the stored data end before the header says they do
  file_corrupt,           ///< a checksum or a compressed stream that does not hold together
  unsupported_dimension,  ///< neither a volume nor a single slice
  vector_image,           ///< several components in a voxel
  geometry_invalid,       ///< spacing, origin or direction that cannot be
  geometry_mismatch,      ///< image and mask do not share a grid
  label_absent,           ///< the label asked for is not in the mask
  empty_mask,             ///< the mask holds nothing but zero
  region_too_small,       ///< fewer voxels or dimensions than the settings ask for
  region_outside_image,   ///< the region's bounding box leaves the image
  resegmentation_empty,   ///< the intensity range leaves nothing of the region
  non_finite,             ///< NaN or infinity inside the region
  too_many_gray_levels,   ///< the bin width makes more gray levels than is sane
  output_unwritable,      ///< a result cannot be written
  device_unavailable,     ///< the device asked for cannot be had
  device_failed,          ///< the device failed in the middle of a run
  memory_exhausted,       ///< an allocation failed
  timed_out,              ///< the case took longer than --case-timeout allows
  interrupted,            ///< cancelled by the caller
  internal,               ///< a defect of radloom
};

/// The stable name of a code: "geometry_mismatch".
std::string_view code_name(ErrorCode code) noexcept;

/// A failure with a code. `what()` is one line that says what, where, and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace radloom
