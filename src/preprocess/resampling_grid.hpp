#pragma once
#include <optional>

#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// The grid a region is resampled on, as PyRadiomics lays it: aligned with the corner of the mask's first voxel, the region's box
/// and `pad_distance` voxels around, not beyond the mask's grid. A spacing of 0 and an axis along which the region is one
/// slice thick keep the mask's spacing. None where that is the image's own spacing already.
/// `box` is the region's, in the mask's grid. Throws Error(region_outside_image) where it leaves the image.
std::optional<Geometry> resampling_grid(
    const Geometry& image, const Geometry& mask, const Box& box, const Settings& settings);

/// The grid of the standard (manual, 2.4): as many voxels along an axis as the old spacings fill of new ones, rounded up, and its centre on
/// the image's. A spacing of 0, one that is the image's already, and an axis of one voxel are kept. None where every axis is.
std::optional<Geometry> centred_grid(const Geometry& image, const Settings& settings);

/// Throws Error(region_outside_image) where the region's box leaves the image.
void check_inside(const Geometry& image, const Geometry& mask, const Box& box);

}  // namespace radloom
