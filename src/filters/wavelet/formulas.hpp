#pragma once
// The one order of operations of a value of the undecimated wavelet transform. Every backend calls `respond`, or does what it
// does in the same order, so that responses agree bit for bit: taps one after the other, each product rounded, then each sum.
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::wavelet {

/// How many taps of the filter reach beyond the end of the period at `position` (0 <= position < period). PyWavelets adds those
/// first and in descending order, all others in ascending order; with two or fewer that makes no difference.
RL_HD inline int wrapped_taps(std::int64_t position, std::int64_t period, int taps, std::int64_t dilation) {
  const std::int64_t beyond = position + taps / 2 * dilation - period;
  return beyond < 0 ? 0 : int(beyond / dilation) + 1 < taps ? int(beyond / dilation) + 1 : taps;
}

/// The tap that is added at `step` (0 <= step < taps).
RL_HD inline int tap_at(int step, int wrapped) { return step < wrapped ? wrapped - 1 - step : step; }

/// Where along the axis the sample lies that `tap` multiplies, before it is wrapped into the period.
RL_HD inline std::int64_t sample_of(std::int64_t position, int tap, int taps, std::int64_t dilation) {
  return position + (taps / 2 - tap) * dilation;
}

/// The sum over taps of filter[tap] * sample(tap), in the order above.
template <class T, class Sample>
RL_HD inline T respond(const T* filter, int taps, int wrapped, const Sample& sample) {
  T sum = 0;
  for (int step = 0; step < taps; ++step) {
    const int tap = tap_at(step, wrapped);
    sum = sum + filter[tap] * sample(tap);
  }
  return sum;
}

}  // namespace radloom::wavelet
