#pragma once
#include "families/common/direction_features.hpp"
#include "kernels/common/launch_shape.hpp"
#include "kernels/common/span.hpp"

namespace radloom {

/// Features averaged over directions, those left out where they are no number (IBSI ITBB).
///
/// Grid: `shape()`, a thread a region and feature. Cost: 8 bytes read a direction, region and feature.
struct MeanOverDirections {
  Span<const double> each;  ///< [region][direction][feature]
  Span<double> mean;        ///< [region][feature]
  int directions, features;

  static constexpr int max_threads = 128;
  LaunchShape shape() const { return {(mean.size + max_threads - 1) / max_threads, max_threads, 0}; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const std::int64_t at = std::int64_t(exec.block()) * exec.threads() + exec.thread();
    if (at >= mean.size) return;
    const std::int64_t first = at / features * features * directions + at % features;
    const auto values = exec.global(each);
    MeanOfNumbers m;
    for (int d = 0; d < directions; ++d) m.add(values[first + std::int64_t(d) * features]);
    exec.global(mean).set(at, m.value());
  }
};

}  // namespace radloom
