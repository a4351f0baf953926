#pragma once
#include <vector>

#include "preprocess/resample_formulas.hpp"
#include "radloom/geometry.hpp"

namespace radloom {

/// How far around the voxels it is used for a cubic B-spline is worked out: the recursion keeps 1e-27 of what lies beyond.
inline constexpr std::int64_t spline_margin = 48;

/// The taps of one axis of a grid.
struct AxisTaps {
  std::vector<Tap> at;          ///< of each index of the grid
  std::vector<double> weights;  ///< of all taps, see Tap::first_weight
};

/// What resampling an image on a grid takes, decided once for every backend.
struct ResamplePlan {
  Interpolator interpolator = Interpolator::linear;
  AxisTaps axis[3];
  Box needed;        ///< the part of the image that is read (B-spline: and `spline_margin` voxels around)
  bool any = false;  ///< whether any voxel of the grid lies in the image
};

/// Throws Error(usage) unless the axes of `grid` are parallel to the image's.
ResamplePlan plan_resampling(const Geometry& image, const Geometry& grid, Interpolator interpolator);

/// What interpolating the voxels of `wanted`, a box of `grid`, takes, where the centre of `grid` is that of an image of `size` voxels of
/// `spacing_mm` and the axes are the image's (`centred_grid`). What lies outside the image takes the nearest value in it. Taps do not depend on
/// how much of the grid is wanted.
ResamplePlan plan_centred(const std::array<std::int64_t, 3>& size, const std::array<double, 3>& spacing_mm,
    const Geometry& grid, const Box& wanted, Interpolator interpolator);

SplineStart spline_start(std::int64_t samples);

}  // namespace radloom
