#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/host_device.hpp"
#include "families/common/directions.hpp"

namespace radloom {

/// Length of a step in mm by the norm a run asks for; 1 without one.
inline double step_length(const Offset& o, const std::array<double, 3>& spacing_mm, WeightingNorm norm) {
  const double x = std::abs(o[0]) * spacing_mm[0], y = std::abs(o[1]) * spacing_mm[1],
               z = std::abs(o[2]) * spacing_mm[2];
  switch (norm) {
    case WeightingNorm::infinity: return std::max({x, y, z});
    case WeightingNorm::euclidean: return std::sqrt(z * z + y * y + x * x);
    case WeightingNorm::manhattan: return z + y + x;
    default: return 1;
  }
}

/// How much each direction counts where the standard merges them.
inline std::vector<double> distance_weights(const std::vector<Offset>& offsets, const Settings& s) {
  std::vector<double> weights;
  for (const auto& o : offsets) {
    const double length = step_length(o, {1, 1, 1}, s.distance_norm);
    weights.push_back(s.distance_weighting == DistanceWeighting::none      ? 1
                      : s.distance_weighting == DistanceWeighting::inverse ? 1 / length
                                                                           : std::exp(-(length * length)));
  }
  return weights;
}

/// Mean of those of value(0) .. value(directions - 1) that are numbers; NaN where none is.
template <class Value>
RL_HD double mean_of_numbers(int directions, const Value& value) {
  double sum = 0;
  int n = 0;
  for (int d = 0; d < directions; ++d) {
    const double v = value(d);
    if (v != v) continue;
    sum += v;
    ++n;
  }
  return n > 0 ? sum / n : double(NAN);
}

/// Mean of each feature over the directions where it is a number; NaN where it is none anywhere. Directions without a matrix are empty.
inline std::vector<double> mean_over_directions(const std::vector<std::vector<double>>& values, std::size_t features) {
  std::vector<double> mean(features);
  for (std::size_t f = 0; f < features; ++f)
    mean[f] = mean_of_numbers(int(values.size()), [&](int d) { return values[d].empty() ? NAN : values[d][f]; });
  return mean;
}

}  // namespace radloom
