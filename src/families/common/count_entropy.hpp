#pragma once
#include <numbers>

#include "core/host_device.hpp"
#include "core/numbers.hpp"

namespace radloom {

/// p log2(p + epsilon) of a count c out of n whose logarithms are known, 0 where c is 0. To first order epsilon adds itself over ln 2: enough for small totals.
template <class Number>
RL_HD_INLINE Number count_entropy_term(const Number& p, const Number& log2_c, const Number& log2_n, double epsilon) {
  return p * (log2_c - log2_n) + choose(p > 0, Number(epsilon / std::numbers::ln2), Number(0));
}

}  // namespace radloom
