#pragma once
// Volumes through ITK, which is linked here and in nothing that is shipped. Its headers stay in itk.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::test {

/// A volume as ITK gives it.
struct ItkVolume {
  Geometry geometry;
  ScalarType type =
      ScalarType::uint8;       ///< of the voxels in the file; float64 for 64-bit integers, as radloom gives them
  std::vector<double> values;  ///< x fastest
};

/// Reads through itk::ImageFileReader, the format chosen by the extension. Throws std::runtime_error with ITK's words.
ItkVolume read_with_itk(const std::filesystem::path& path);

/// Reads a DICOM series through GDCM, its slices in the order of itk::GDCMSeriesFileNames.
ItkVolume read_series_with_itk(const std::filesystem::path& folder);

/// Copies a DICOM file, its pixels compressed by GDCM in the transfer syntax given; where not `reversible` (JPEG-LS near-lossless and
/// JPEG 2000), with the loss that these allow. Throws std::runtime_error.
void compress_with_gdcm(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& syntax,
    bool reversible = true);

/// Writes through itk::ImageFileWriter. T is an integer of 8 to 64 bits, float or double. NIfTI is compressed by its name.
template <class T>
void write_with_itk(
    const std::filesystem::path& path, const Geometry& grid, const std::vector<T>& values, bool compressed);

/// Whether the ITK linked here is older than this version.
bool itk_older_than(int major, int minor);

inline bool is_nifti(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.find(".nii") != std::string::npos || name.find(".hdr") != std::string::npos;
}

inline void expect_same_grid(const Geometry& grid, const Geometry& expected) {
  EXPECT_EQ(grid.size, expected.size);
  EXPECT_EQ(grid.spacing_mm, expected.spacing_mm);
  EXPECT_EQ(grid.origin_mm, expected.origin_mm);
  EXPECT_EQ(grid.direction, expected.direction);
}

/// Every voxel equal to the bit, but that ITK gives 0 for what is not finite in a NIfTI file (nifti1_io repairs it).
inline void expect_same_voxels(const Volume& volume, const ItkVolume& expected, const std::filesystem::path& path) {
  ASSERT_EQ(std::size_t(volume.geometry().voxels()), expected.values.size());
  const bool repaired = is_nifti(path);
  std::size_t different = 0;
  volume.visit([&](auto values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double value = double(values[i]), other = expected.values[i];
      const bool same = repaired && !std::isfinite(value) ? other == 0
                        : std::isnan(value)               ? std::isnan(other)
                                                          : value == other;
      if (!same && ++different == 1) ADD_FAILURE() << "voxel " << i << " is " << value << ", ITK says " << other;
    }
  });
  EXPECT_EQ(different, 0u);
}

}  // namespace radloom::test
