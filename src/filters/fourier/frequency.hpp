#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::filters {

/// Where the grid of the standard's maps puts frequency k of n, in units of the Nyquist frequency: symmetric about the middle of the
/// axis, so that an even number of samples has no frequency 0. Of one sample it is 0.
RL_HD inline double frequency(std::int64_t k, std::int64_t n) {
  if (n < 2) return 0;
  const std::int64_t shifted = (k + n / 2) % n;
  const double middle = double(n - 1) / 2;
  return (double(shifted) - middle) / middle;
}

}  // namespace radloom::filters
