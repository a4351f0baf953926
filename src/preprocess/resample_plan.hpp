#pragma once
#include <vector>

#include "preprocess/resample_formulas.hpp"
#include "radloom/geometry.hpp"

namespace radloom {

/// The taps of one axis of a grid.
struct AxisTaps {
  std::vector<Tap> at;          ///< of each index of the grid
  std::vector<double> weights;  ///< of all taps, see Tap::first_weight
};

/// What resampling an image on a grid takes, decided once for every backend.
struct ResamplePlan {
  Interpolator interpolator = Interpolator::linear;
  AxisTaps axis[3];
  Box needed;        ///< the part of the image that is read (B-spline: and 64 voxels around)
  bool any = false;  ///< whether any voxel of the grid lies in the image
};

/// What stands for voxels of the grid whose centre lies outside the image.
enum class Outside {
  zero,  ///< as in PyRadiomics
  edge,  ///< the image's nearest value, as the standard has it; coordinates are then taken as exact to 1e-6 voxels
};

/// Throws Error(usage) unless the axes of `grid` are parallel to the image's.
ResamplePlan plan_resampling(
    const Geometry& image, const Geometry& grid, Interpolator interpolator, Outside outside = Outside::zero);

SplineStart spline_start(std::int64_t samples);

}  // namespace radloom
