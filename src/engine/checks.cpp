#include "engine/checks.hpp"

#include <fmt/format.h>

#include "preprocess/resampling_grid.hpp"
#include "radloom/io.hpp"

namespace radloom {

Volume on_the_images_grid(
    const Geometry& image, Volume mask, const LabelSelection& selection, const Settings& settings) {
  check_geometry(image, "the image");
  check_geometry(mask.geometry(), "the mask");
  const auto mismatch = describe_mismatch(image, mask.geometry(), settings.geometry_tolerance);
  if (mismatch.empty()) return mask;
  if (!settings.correct_mask)
    throw Error(ErrorCode::geometry_mismatch,
        fmt::format(
            "image and mask do not share a grid: {}; set correctMask (correct_mask) to resample the mask, or raise geometryTolerance",
            mismatch));
  const auto present = find_labels(mask);
  for (const auto& region : regions_of(selection, present))
    check_inside(image, mask.geometry(), extent_of(region.values, present).box);
  return resample_mask(mask, image);
}

void check_size(const LabelExtent& e, const std::string& label, const Config& config) {
  const Settings& s = config.settings;
  if (e.voxels == 0)
    throw Error(ErrorCode::label_absent,
        fmt::format("label {} has no voxel left after resampling; use a finer spacing", label));
  int dimensions = 0;
  for (const auto n : e.box.size) dimensions += n > 1;
  if (config.convention == Convention::pyradiomics) {
    if (dimensions == 0)
      throw Error(ErrorCode::region_too_small, fmt::format("label {} is a single voxel, which has no features", label));
    if (dimensions < s.minimum_roi_dimensions)
      throw Error(ErrorCode::region_too_small,
          fmt::format("label {} spans {} of the {} dimensions that minimumROIDimensions asks for", label, dimensions,
              s.minimum_roi_dimensions));
  }
  if (s.minimum_roi_size && e.voxels <= *s.minimum_roi_size)
    throw Error(
        ErrorCode::region_too_small, fmt::format("label {} has {} voxels and minimumROISize asks for more than {}",
                                         label, e.voxels, *s.minimum_roi_size));
}

}  // namespace radloom
