#pragma once
#include "kernels/glcm/pairs.hpp"

namespace radloom::glcm {

/// What both ways of counting into dense matrices are given. Matrices are [direction][centre's level - 1][neighbour's level - 1], the
/// directions of a region one after the other.
struct DenseCounts {
  Span<const LevelRegion> region;
  Span<const std::uint16_t> levels;
  Span<const Share> shares;
  Span<const Step> steps;             ///< of all directions
  Span<const std::int64_t> matrices;  ///< where each region's begin
  Span<std::uint64_t> counts;         ///< zeroed by the caller
  Span<std::uint64_t> pairs;          ///< of each region, over all directions; zeroed by the caller
};

/// The index distances of a share's directions, in shared memory. Ends with a barrier.
template <class Exec>
RL_HD auto strides_of(Exec& exec, const DenseCounts& in, const Share& share, const LevelRegion& r) {
  const auto strides = exec.template shared<std::int64_t>(in.steps.size);
  const auto steps = exec.global(in.steps);
  for (int d = exec.thread(); d < share.directions; d += exec.threads()) {
    const Step step = steps[share.first_direction + d];
    strides.set(d, r.step(step.offset));
  }
  exec.sync_block();
  return strides;
}

/// Counts pairs in counters of the block's own, two to a word, and adds what they hold to global memory.
///
/// Grid: one block a share of at most 65,535 voxels, so that a counter cannot run over. Where levels are few there are several copies,
/// taken by lanes in turn. Cost: 2 bytes a voxel and direction from the first cache, one shared atomic a run of equal pairs; the counters
/// cleared, and one global atomic for each that is not zero.
struct CountPrivately {
  DenseCounts in;
  std::int64_t words;  ///< of counters in shared memory
  std::int64_t most_copied_words;
  int most_copies;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Share share = exec.global(in.shares)[exec.block()];
    const LevelRegion r = exec.global(in.region)[share.region];
    const auto own = exec.template shared<std::uint32_t>(words);
    const std::int64_t side = r.highest, cells = side * side, counters = share.directions * cells;
    const std::int64_t a_copy = (counters + 1) / 2;
    int copies = 1;
    const std::int64_t room = words < most_copied_words ? words : most_copied_words;
    while (2 * copies <= most_copies && 2 * copies * a_copy <= room) copies *= 2;
    for (std::int64_t w = exec.thread(); w < copies * a_copy; w += exec.threads()) own.set(w, 0u);
    const auto strides = strides_of(exec, in, share, r);

    const auto levels = exec.global(in.levels.part(r.first, r.padded_voxels()));
    const std::int64_t mine = exec.lane() % copies * a_copy;
    const std::uint64_t found =
        for_pairs(exec, levels, std::uint32_t(side), share, strides, [&](int d, std::uint32_t key, std::uint32_t n) {
          const std::int64_t at = d * cells + key;
          own.add(mine + at / 2, n << (at % 2 * 16));
        });
    add_pairs(exec, in.pairs, share.region, found);
    exec.sync_block();

    const std::int64_t first = exec.global(in.matrices)[share.region] + share.first_direction * cells;
    const auto out = exec.global(in.counts.part(first, counters));
    for (std::int64_t w = exec.thread(); w < a_copy; w += exec.threads()) {
      std::uint64_t even = 0, odd = 0;
      for (int c = 0; c < copies; ++c) {
        const std::uint32_t both = own.get(c * a_copy + w);
        even += both & 0xffffu;
        odd += both >> 16;
      }
      if (even != 0) out.add(2 * w, even);
      if (odd != 0) out.add(2 * w + 1, odd);
    }
  }
};

/// Counts pairs straight in global memory: for levels so many that collisions are rare and one direction's counters fill a block.
///
/// Grid: one block a share. Cost: 2 bytes a voxel and direction, one global atomic a run of equal pairs.
struct CountGlobally {
  DenseCounts in;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Share share = exec.global(in.shares)[exec.block()];
    const LevelRegion r = exec.global(in.region)[share.region];
    const auto strides = strides_of(exec, in, share, r);
    const std::int64_t side = r.highest, cells = side * side;
    const std::int64_t first = exec.global(in.matrices)[share.region] + share.first_direction * cells;
    const auto out = exec.global(in.counts.part(first, share.directions * cells));
    const auto levels = exec.global(in.levels.part(r.first, r.padded_voxels()));
    const std::uint64_t found = for_pairs(exec, levels, std::uint32_t(side), share, strides,
        [&](int d, std::uint32_t key, std::uint32_t n) { out.add(d * cells + key, std::uint64_t(n)); });
    add_pairs(exec, in.pairs, share.region, found);
  }
};

}  // namespace radloom::glcm
