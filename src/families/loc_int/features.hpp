#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::loc_int {

/// Radius of the sphere of 1 cm^3, mm.
double peak_radius_mm();

/// Local and global intensity peak (IBSI 3.2), by `feature::loc_int`. `mask` (uint8, at least one voxel inside) lies in `image` with its
/// first voxel at `place`, wholly. Means are over the voxels of `image`, inside the region or not, whose centres are within the sphere.
/// Cost: two look-ups a row of the sphere, for every voxel of the region.
std::vector<double> compute(const Volume& image, const Volume& mask, const std::array<std::int64_t, 3>& place);

}  // namespace radloom::loc_int
