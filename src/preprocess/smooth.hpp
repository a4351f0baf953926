#pragma once
#include <array>

#include "radloom/volume.hpp"

namespace radloom {

/// How far `smooth` looks along an axis, in voxels.
std::int64_t smoothing_reach(double sigma_voxels);

/// Convolves a float64 volume with a Gaussian of these standard deviations along x, y and z, in voxels; 0 leaves an axis as it is. The
/// Gaussian is sampled at voxel centres, cut at 4 standard deviations and normalised; edges are repeated.
Volume smooth(const Volume& image, const std::array<double, 3>& sigma_voxels);

}  // namespace radloom
