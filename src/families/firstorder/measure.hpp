#pragma once
#include <cstdint>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::firstorder {

/// What the first-order features are made of, of one region or of several side by side. Intensities in the image's unit.
template <class Number>
struct MeasuresOf {
  Number n = 0;  ///< voxels
  Number minimum = 0, p10 = 0, p25 = 0, median = 0, p75 = 0, p90 = 0, maximum = 0;
  Number mean = 0;
  Number moment2 = 0, moment3 = 0, moment4 = 0;  ///< central, over n
  Number absolute_deviation = 0;                 ///< mean, from the mean
  Number median_absolute_deviation = 0;          ///< mean, from the median
  Number robust_absolute_deviation = 0;          ///< the same of the intensities within [p10, p90]
  Number energy = 0;                             ///< sum of (intensity + shift)^2
  double voxel_volume_mm3 = 0;
};
using Measures = MeasuresOf<double>;

/// Measures the voxels of `image` inside `mask` (uint8, same size; at least one). Percentiles interpolate linearly between
/// order statistics. Integer images are measured through a histogram of their values: one pass over the voxels, exact sums.
Measures measure(const Volume& image, const Volume& mask, double shift);

/// The same of a histogram: count[i] values of `lowest + i`; at least one.
Measures measure(const std::vector<std::uint64_t>& count, std::int64_t lowest);

}  // namespace radloom::firstorder
