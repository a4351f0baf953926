#pragma once
#include <bit>
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

/// The lanes of a ballot, by number. `bits` must not be 0.
RL_HD inline int lowest_lane(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __ffs(int(bits)) - 1;
#else
  return std::countr_zero(bits);
#endif
}
RL_HD inline int highest_lane(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return 31 - __clz(int(bits));
#else
  return 31 - std::countl_zero(bits);
#endif
}
/// The lanes up to and with `lane`.
RL_HD inline std::uint32_t lanes_up_to(int lane) { return ~std::uint32_t(0) >> (31 - lane); }

}  // namespace radloom
