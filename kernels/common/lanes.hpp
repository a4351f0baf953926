#pragma once
#include <cstdint>

#include "core/bits.hpp"

namespace radloom {

/// The lanes up to and with `lane`, as bits of a ballot.
RL_HD inline std::uint32_t lanes_up_to(int lane) { return ~std::uint32_t(0) >> (31 - lane); }

}  // namespace radloom
