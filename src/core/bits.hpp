#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

// <bit> is for the host alone (its functions are no device code), so the two compilers' own words stand behind one name.

/// How many bits are set.
RL_HD inline int count_bits(std::uint32_t v) {
#if defined(__CUDA_ARCH__)
  return __popc(v);
#else
  return __builtin_popcount(v);
#endif
}
/// Number of the lowest bit that is set; `v` is not 0.
RL_HD inline int lowest_bit(std::uint32_t v) {
#if defined(__CUDA_ARCH__)
  return __ffs(int(v)) - 1;
#else
  return __builtin_ctz(v);
#endif
}
/// Number of the highest bit that is set; `v` is not 0.
RL_HD inline int highest_bit(std::uint32_t v) {
#if defined(__CUDA_ARCH__)
  return 31 - __clz(int(v));
#else
  return 31 - __builtin_clz(v);
#endif
}

}  // namespace radloom
