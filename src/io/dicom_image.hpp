#pragma once
// A DICOM series as a volume.
#include <filesystem>
#include <string>
#include <vector>

#include "io/dicom_object.hpp"
#include "io/dicom_pixels.hpp"
#include "radloom/geometry.hpp"
#include "radloom/volume.hpp"

namespace radloom::io {

/// A plane of pixels and where it lies in the patient.
struct DicomFrame {
  std::size_t object = 0;  ///< the file, counted in `DicomSeries::objects`
  std::int64_t index = 0;  ///< the frame in that file
  std::array<double, 3> position{};
  std::array<double, 6> orientation{};  ///< along a row, then along a column
  std::array<double, 2> spacing{};      ///< between rows, between columns, in mm
  double slope = 1, intercept = 0;
};

/// The files of one series, and the grid they make.
struct DicomSeries {
  std::vector<DicomObject> objects;  ///< in the order of their SOPInstanceUIDs, which is that of the digest
  std::vector<DicomFrame> frames;    ///< in the order of the slices
  std::vector<PixelFormat> formats;  ///< of each object; rows and columns are the same
  Geometry geometry;
  ScalarType type = ScalarType::int16;  ///< of the values
  double factor = 1;                    ///< of the rescaled values: SUV

  std::vector<std::filesystem::path> files() const;
  std::string frame_of_reference() const { return objects.front().root.text(tags::frame_of_reference); }
};

/// Whether a path means DICOM: a folder, a file that starts as DICOM does or is called .dcm, or a folder followed by the
/// SeriesInstanceUID to take from it.
bool means_dicom(const std::filesystem::path& path);
/// What lies on disk for a path: of a folder followed by a SeriesInstanceUID the folder, else the path itself.
std::filesystem::path stored_at(const std::filesystem::path& path);

/// Whether the file is an image, and no segmentation, dose or presentation state.
bool is_image(const DicomObject& object);

/// Reads the headers of a series and finds its grid. Throws what DicomObject throws, and Error(geometry_invalid |
/// geometry_mismatch | vector_image).
DicomSeries open_series(const std::filesystem::path& path);

/// The frames of a file with their places. Throws Error(file_corrupt | file_unreadable | geometry_invalid).
std::vector<DicomFrame> frames_of(const DicomObject& object, std::int64_t count);

/// The item of a functional group (PS3.3, C.7.6.16), the frame's own or that shared by all; else the object itself.
const DicomItem& functional_group(const DicomObject& object, Tag group, std::int64_t frame);

/// The direction that frames of this orientation make, as ITK makes it: column and row at right angles to their normal.
std::array<double, 9> direction_of(const std::array<double, 6>& orientation);

/// Decodes and rescales all slices.
Volume read_series(const DicomSeries& series);

}  // namespace radloom::io
