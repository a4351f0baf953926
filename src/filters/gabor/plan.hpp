#pragma once
// In which slices a Gabor filter lies, at which orientations, and how large its transforms are: decided on the host, once, for every backend.
#include <array>
#include <cstdint>
#include <vector>

#include "filters/block.hpp"
#include "filters/gabor/formulas.hpp"
#include "radloom/config.hpp"

namespace radloom::gabor {

/// The axes across the slices that are filtered in.
std::vector<int> across(const Settings& settings);

/// The filter at every orientation.
std::vector<Wave> waves(const Settings& settings);

/// Voxels along each axis from its middle on, beyond which the filter is left out.
std::array<std::int64_t, 3> radius(const Settings& settings, const std::array<double, 3>& spacing_mm);

/// The slices across an axis that hold a box.
Box slices_of(const Box& box, int axis, const std::array<std::int64_t, 3>& whole);

/// Slices across an axis, and how they are transformed: rows along `a` side by side along `b`.
struct Plane {
  int across, a, b;     ///< the axes
  std::int64_t ra, rb;  ///< radius
  std::int64_t na, nb;  ///< sizes of the transforms
  std::vector<std::int64_t>
      pa;  ///< in the whole image, where sample i of a row lies: voxel i - ra, or what the boundary has there; -1 for 0
  std::vector<std::int64_t> pb;
};
Plane plane(const Settings& settings, int axis, const filters::Grid& whole);

}  // namespace radloom::gabor
