#pragma once
#include "families/common/direction_features.hpp"
#include "kernels/common/launch_shape.hpp"
#include "kernels/common/span.hpp"

namespace radloom {

/// Features averaged over directions, and over the slices of a whole region that are measured one by one; those left out where they are no
/// number (IBSI ITBB, BTW3). In the order in which the cpu adds: slice by slice.
///
/// Grid: `shape()`, a thread a whole region and feature. Cost: 8 bytes read a direction, region and feature.
struct MeanOverDirections {
  Span<const double> each;          ///< [region][direction][feature]
  Span<const std::int64_t> wholes;  ///< see StageInput
  Span<double> mean;                ///< [whole region][feature]
  int directions, features;

  static constexpr int max_threads = 128;
  LaunchShape shape() const { return {(mean.size + max_threads - 1) / max_threads, max_threads, 0}; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const std::int64_t at = std::int64_t(exec.block()) * exec.threads() + exec.thread();
    if (at >= mean.size) return;
    const auto region = exec.global(wholes);
    const std::int64_t whole = at / features, feature = at % features;
    const auto values = exec.global(each);
    MeanOfNumbers m;
    for (std::int64_t i = region[whole] * directions, end = region[whole + 1] * directions; i < end; ++i)
      m.add(values[i * features + feature]);
    exec.global(mean).set(at, m.value());
  }
};

}  // namespace radloom
