#pragma once
#include <cstdint>

#include "core/bits.hpp"
#include "core/host_device.hpp"
#include "kernels/common/span.hpp"

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

/// Whose block this is, and which of the owner's blocks.
template <class Owner>
struct OwnedBlock {
  std::int64_t owner;  ///< its number
  Owner region;
  std::int64_t item;
};

/// The block as one of an owner's, where the blocks of owner k start at first[k].
template <class Exec, class Owner>
RL_HD OwnedBlock<Owner> owned_block(
    Exec& exec, const Span<const Owner>& owners, const Span<const std::int64_t>& first) {
  const auto starts = exec.global(first);
  const std::int64_t owner = find_owner(exec, starts, owners.size, exec.block());
  return {owner, exec.global(owners)[owner], exec.block() - std::int64_t(starts[owner])};
}

}  // namespace radloom
