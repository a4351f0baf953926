#pragma once
#include "core/bits.hpp"
#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"

namespace radloom::glcm {

/// A block's share of the work: voxels [first, last) among a region's own levels, and some directions.
struct Share {
  std::int32_t region;
  std::int16_t first_direction, directions;
  std::int64_t first, last;
};

/// found(d, key, times) for the pairs of a share's voxels: key = (centre's level - 1) * side + neighbour's level - 1, `strides` the index
/// distances of the directions. Equal pairs of neighbouring lanes come as one: in smooth images most are, and would
/// queue for the same counter. Returns how many pairs this thread found. All threads of a block must come.
template <class Exec, class Levels, class Strides, class Found>
RL_HD std::uint64_t for_pairs(Exec& exec, const Levels& levels, std::uint32_t side, const Share& share,
    const Strides& strides, const Found& found) {
  constexpr std::uint32_t none = ~std::uint32_t(0);
  std::uint64_t pairs = 0;
  for (std::int64_t base = share.first + 32 * exec.warp(); base < share.last; base += exec.threads()) {
    const std::int64_t at = base + exec.lane();
    const std::uint32_t centre = at < share.last ? levels[at] : 0;
    if (exec.ballot(centre != 0) == 0) continue;
    for (int d = 0; d < share.directions; ++d) {
      // A voxel inside has its neighbours in the padding at least.
      const std::uint32_t neighbour = centre != 0 ? levels[at + strides.get(d)] : 0;
      const std::uint32_t key = neighbour != 0 ? (centre - 1) * side + (neighbour - 1) : none;
      const std::uint32_t before = exec.shuffle(key, (exec.lane() + 31) % 32);
      const std::uint32_t heads = exec.ballot(exec.lane() == 0 || key != before);
      if (key != none && (heads >> exec.lane() & 1) != 0) {
        const std::uint32_t after = heads >> exec.lane() >> 1;
        const int times = after != 0 ? lowest_bit(after) + 1 : 32 - exec.lane();
        found(d, key, std::uint32_t(times));
        pairs += std::uint64_t(times);
      }
    }
  }
  return pairs;
}

/// Adds what each thread found to its region's sum.
template <class Exec>
RL_HD void add_pairs(Exec& exec, const Span<std::uint64_t>& pairs, std::int32_t region, std::uint64_t own) {
  for (int mask = 16; mask > 0; mask /= 2) own += exec.shuffle_xor(own, mask);
  if (exec.lane() == 0 && own > 0) exec.global(pairs).add(region, own);
}

}  // namespace radloom::glcm
