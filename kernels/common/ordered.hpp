#pragma once
#include <cstdint>
#include <cstring>

#include "core/host_device.hpp"

namespace radloom {

/// A double as an integer of the same order, so that atomics can find extremes and radix sorts can sort. Not for NaN.
RL_HD inline std::uint64_t ordered_key(double v) {
  std::uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  return bits >> 63 ? ~bits : bits | std::uint64_t(1) << 63;
}
RL_HD inline double from_ordered_key(std::uint64_t key) {
  const std::uint64_t bits = key >> 63 ? key & ~(std::uint64_t(1) << 63) : ~key;
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

}  // namespace radloom
