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

/// Mean of the values that are numbers; NaN where none is.
struct MeanOfNumbers {
  double sum = 0;
  int n = 0;
  RL_HD void add(double v) {
    if (v != v) return;
    sum += v;
    ++n;
  }
  RL_HD double value() const { return n > 0 ? sum / n : double(NAN); }
};

/// Mean of each feature over the directions where it is a number; NaN where it is none anywhere. Directions without a matrix are empty.
inline std::vector<double> mean_over_directions(const std::vector<std::vector<double>>& values, std::size_t features) {
  std::vector<double> mean(features);
  for (std::size_t f = 0; f < features; ++f) {
    MeanOfNumbers m;
    for (const auto& direction : values)
      if (!direction.empty()) m.add(direction[f]);
    mean[f] = m.value();
  }
  return mean;
}

}  // namespace radloom
