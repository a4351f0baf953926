#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/summary.hpp"
#include "radloom/config.hpp"
#include "radloom/record.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// What diagnostics say of a whole image. Reads every voxel, so an image of many regions is summed up once.
struct ImageSummary {
  explicit ImageSummary(const Volume& image);
  ImageSummary(const Geometry& grid, const Summary& all) : geometry(grid), of_all(all) {}

  Geometry geometry;
  Summary of_all;
};

/// diagnostics_* of an image and of a region's mask on the way to its features: PyRadiomics', or those that the IBSI reference tables
/// have, under their tags. Values are JSON.
class Diagnostics {
 public:
  explicit Diagnostics(RegionRecord& record) : record_(record) {}
  /// What the run was asked for, and by which program.
  void add_run(const Config& config);
  /// Size, spacing and intensities; `stage` is "original" or "interpolated".
  void add_image(const std::string& stage, const ImageSummary& image) const;
  /// Box, voxels, components and centre of a uint8 mask whose first voxel is `first` of `grid`; `stage` is "original", "interpolated" or
  /// "resegmented". With an image (same grid as the mask), its intensities inside too.
  void add_mask(const std::string& stage, const Geometry& grid, const Volume& mask,
      const std::array<std::int64_t, 3>& first, const Volume* image);

  /// The standard's, of a whole image; `stage` is "init" or "interp".
  void add_standard_image(const std::string& stage, const ImageSummary& image) const;
  /// The standard's, of a region's two masks (uint8, on one box of `grid`, as `image`); `stage` is "init", "interp" or "reseg".
  void add_standard_masks(const std::string& stage, const Geometry& grid, const Volume& image, const Volume& intensity,
      const Volume& morphological) const;

 private:
  template <class T>
  void add(const std::string& name, const T& value) const;
  RegionRecord& record_;
};

}  // namespace radloom
