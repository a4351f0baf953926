#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::firstorder {

/// The percentiles the family needs, as fractions; measures name them p10, p25, median, p75, p90.
inline constexpr int percentiles = 5;
RL_HD inline double percentile_fraction(int i) {
  return i == 0 ? 0.10 : i == 1 ? 0.25 : i == 2 ? 0.50 : i == 3 ? 0.75 : 0.90;
}

/// Between which order statistics a percentile of n values lies, as numpy has it.
struct PercentilePlace {
  std::int64_t lower, upper;  ///< the k-th smallest values, from 0
  double t;                   ///< how far from the lower one
};
RL_HD inline PercentilePlace percentile_place(std::int64_t n, double fraction) {
  const double place = double(n - 1) * fraction;
  const auto k = std::int64_t(place);
  return {k, k + 1 < n ? k + 1 : k, k + 1 < n ? place - double(k) : 0};
}

/// Between two neighbouring order statistics, as numpy rounds it.
template <class Number>
RL_HD Number interpolate(const Number& a, const Number& b, double t) {
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

/// Whether a value counts for the robust deviation: within [low, high], the 10th and 90th percentiles.
template <class Number>
RL_HD auto is_robust(const Number& v, const Number& low, const Number& high) {
  return (v - low >= 0) & (v - high <= 0);
}

}  // namespace radloom::firstorder
