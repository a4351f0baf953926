#pragma once
#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::gradient {

/// The length of the vector of central differences between the samples before and after a voxel along each axis, which has its `weight`: half of one
/// over the distance of voxels.
RL_HD inline float magnitude(const double (&before)[3], const double (&after)[3], const double (&weight)[3]) {
  double sum = 0;
  for (int d = 0; d < 3; ++d) {
    const double slope = -weight[d] * before[d] + weight[d] * after[d];
    sum += slope * slope;
  }
  return float(std::sqrt(sum));
}

/// The same at `place` in the whole image, which lies at `at` among the samples, neighbours along an axis `stride` apart.
template <class Samples>
RL_HD inline float magnitude(const Samples& samples, std::int64_t at, const std::int64_t (&place)[3],
    const std::int64_t (&whole)[3], const std::int64_t (&stride)[3], const double (&weight)[3]) {
  double before[3], after[3];
  for (int d = 0; d < 3; ++d) {
    before[d] = double(samples[at - (place[d] > 0 ? stride[d] : 0)]);
    after[d] = double(samples[at + (place[d] + 1 < whole[d] ? stride[d] : 0)]);
  }
  return magnitude(before, after, weight);
}

}  // namespace radloom::gradient
