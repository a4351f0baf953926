#pragma once
#include <cstdint>

#include "core/bits.hpp"
#include "core/host_device.hpp"

namespace radloom {

/// Which of `n` owners item `item` belongs to, where the items of owner k start at first[k] (ascending, first[0] <= item): the last k with
/// first[k] <= item. For work that is a flat list of items whose owners have their own number each; no table of items is needed.
///
/// 32 owners are looked at in one step, so that 1,000 of them cost two dependent reads. Every lane of a warp must call it alike.
template <class Exec, class View>
RL_HD std::int64_t find_owner(Exec& exec, const View& first, std::int64_t n, std::int64_t item) {
  std::int64_t low = 0;  // first[low] <= item
  while (n > 1) {
    const std::int64_t step = (n + 31) / 32, at = low + exec.lane() * step;
    const bool before = exec.lane() * step < n && std::int64_t(first[at]) <= item;
    const std::int64_t skipped = (count_bits(exec.ballot(before)) - 1) * step;
    low += skipped;
    n = n - skipped < step ? n - skipped : step;
  }
  return low;
}

}  // namespace radloom
