#pragma once
// What a case has to be before anything of it is measured: features and maps ask the same of it.
#include <string>

#include "engine/labels.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// The mask, brought to the image's grid where that is allowed and needed. A resampled run lays its own grid over both.
/// Throws Error(geometry_invalid | geometry_mismatch | region_outside_image), and what regions_of throws.
Volume on_the_images_grid(
    const Geometry& image, Volume mask, const LabelSelection& selection, const Settings& settings);

/// PyRadiomics refuses regions of one voxel, of too few dimensions, or too small; the standard leaves features undefined.
/// Throws Error(label_absent) for an empty one, Error(region_too_small).
void check_size(const LabelExtent& extent, const std::string& label, const Config& config);

/// Whether PyRadiomics crops a case's image before it is filtered, without being resampled: with preCrop, and where resampling is
/// asked for and the spacing is what it should be already.
inline bool crops_first(const Settings& settings) {
  return settings.pre_crop || (settings.interpolator && settings.resampled_spacing_mm);
}

}  // namespace radloom
