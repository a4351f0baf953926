#pragma once
// The pixels of a DICOM file, frame by frame.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/dicom_object.hpp"

namespace radloom::io {

/// How pixels are stored (PS3.3, C.7.6.3.1 and PS3.5, 8.1): one value a pixel.
struct PixelFormat {
  std::int64_t rows = 0, columns = 0, frames = 1;
  unsigned allocated = 16;  ///< bits: 8, 16, 32, or 1 in a segmentation
  unsigned stored = 16, high_bit = 15;
  bool is_signed = false;

  std::int64_t pixels_of_a_frame() const noexcept { return rows * columns; }
  std::int64_t lowest() const noexcept { return is_signed ? -(std::int64_t(1) << (stored - 1)) : 0; }
  std::int64_t highest() const noexcept { return (std::int64_t(1) << (is_signed ? stored - 1 : stored)) - 1; }
  bool operator==(const PixelFormat&) const = default;
};

/// Reads the format and checks that it is one that is read and that the file can hold its frames.
/// Throws Error(file_unreadable | file_corrupt | file_truncated | vector_image).
PixelFormat pixel_format(const DicomObject& object);

/// The values of frame `index` (from 0), row by row, before any rescaling: unused bits are cut off, signs extended.
/// Throws Error(file_truncated | file_corrupt | file_unreadable).
void read_frame(const StoredFile& file, const DicomObject& object, const PixelFormat& format, std::int64_t index,
    std::vector<std::int32_t>& values);

/// "1.2.840.10008.1.2.4.90 (JPEG 2000 lossless)".
std::string transfer_syntax_text(const std::string& uid);

}  // namespace radloom::io
