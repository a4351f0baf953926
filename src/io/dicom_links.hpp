#pragma once
// What ties DICOM files together: the series of an image, and the series that a structure set or a segmentation was drawn on.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace radloom::io {

enum class DicomKind { image, named_mask, other };

struct DicomLinks {
  DicomKind kind = DicomKind::other;
  std::string series;                            ///< SeriesInstanceUID
  std::vector<std::string> frames_of_reference;  ///< of the image; those of a mask's regions, each once
  std::vector<std::string> referenced_series;    ///< of a mask, each once
};

/// Reads the header; nothing where the file has not the mark of DICOM. Throws what DicomObject throws.
std::optional<DicomLinks> links_of(const std::filesystem::path& path);

}  // namespace radloom::io
