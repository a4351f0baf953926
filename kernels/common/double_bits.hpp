#pragma once
#include <cstdint>
#include <cstring>

#include "core/host_device.hpp"

namespace radloom {

/// A double in a word of integers, and back: for memory that holds counts first and weights later.
RL_HD inline std::uint64_t bits_of(double v) {
  std::uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  return bits;
}
RL_HD inline double double_of(std::uint64_t bits) {
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

}  // namespace radloom
