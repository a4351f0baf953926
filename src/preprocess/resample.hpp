#pragma once
#include <cstdint>
#include <vector>

#include "preprocess/resample_plan.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// Interpolates `image` on `grid`, whose axes must be parallel to the image's (Error(usage) otherwise). Voxels whose centre lies
/// outside the image are 0, or the nearest voxel's with Outside::edge. The voxel type is kept: values are cut to its range and truncated towards zero, as ITK does.
///
/// The interpolators are SimpleITK's, with its parameters (Gaussian: sigma 0.8 voxels, cut at 4 sigma; label Gaussian: 1 voxel, cut at 1;
/// windowed sinc: radius 5, edges repeated) and, for linear and B-spline, its order of operations, so that truncation falls on the same side.
/// Only the voxels that the grid needs are read (B-spline coefficients: and 64 around, where the recursion's memory is below
/// 1e-36).
Volume resample(
    const Volume& image, const Geometry& grid, Interpolator interpolator, Outside outside = Outside::zero);

/// For each index of `grid` along `axis`, the index of the nearest voxel of `from`, -1 outside. The same rounding as `resample`.
std::vector<std::int64_t> nearest_indices(const Geometry& from, const Geometry& grid, int axis);

}  // namespace radloom
