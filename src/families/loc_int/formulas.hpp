#pragma once
#include <cstdint>
#include <vector>

#include "core/host_device.hpp"
#include "radloom/volume.hpp"

namespace radloom::loc_int {

/// A row of the sphere: voxels x - half .. x + half of row (y + dy, z + dz).
struct Row {
  std::int32_t dy, dz, half;
};

/// The rows of a sphere of 1 cm^3 whose centres of voxels are within its radius; z slowest.
std::vector<Row> sphere(const std::array<double, 3>& spacing_mm);

/// The part of an image that spheres around the voxels of a box reach: `size` voxels from `place` on.
Box reach(const Geometry& image, const std::array<std::int64_t, 3>& place, const std::array<std::int64_t, 3>& size);

/// The voxels of a row of the sphere, [first, last), that lie in an image of n voxels along x.
struct Within {
  std::int64_t first, last;
};
RL_HD inline Within within(std::int64_t x, std::int64_t half, std::int64_t n) {
  return {x > half ? x - half : 0, x + half + 1 < n ? x + half + 1 : n};
}

}  // namespace radloom::loc_int
