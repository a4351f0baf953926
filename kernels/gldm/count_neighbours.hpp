#pragma once
#include "kernels/common/private_sizes.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/gldm/tuning.hpp"

namespace radloom::gldm {

/// Looks at the neighbours of every voxel once, for dependences (GLDM) and for gray tone differences (NGTDM).
///
/// Both matrices lie in the same rows (see SizeRows): a level that is present has a cell for each of 0 .. steps neighbours. Differences
/// |k * level - sum of the k neighbours' levels| are kept apart by k, so that they are integers. For k = 0 there is none: that cell counts the
/// level's voxels without a neighbour.
///
/// Grid: one block a level tile. Cost: 2 bytes a voxel from memory; 2 from the caches and about 16 instructions a neighbour; two atomics, shared most
/// of the time, a voxel inside.
struct CountNeighbours {
  static constexpr int max_threads = tuning::count_threads;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const Tile> tiles;
  Span<const std::uint16_t> levels;
  Span<const Step> step;  ///< to every neighbour
  Span<const std::uint32_t> row_end;
  Span<std::uint32_t> dependence;  ///< zeroed by the caller
  Span<std::uint64_t> difference;  ///< the same, in the same cells
  int alpha;                       ///< a neighbour depends where its level differs by no more
  int private_words;               ///< of shared memory, twice

  static std::size_t shared_bytes(int steps, int private_words) {
    return shared_room<std::int64_t>(steps) + 2 * shared_room<std::uint32_t>(private_words);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const auto far = exec.template shared<std::int64_t>(step.size);
    const auto room = exec.template shared<std::uint32_t>(private_words);
    const auto other_room = exec.template shared<std::uint32_t>(private_words);
    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const SizeRows own = exec.global(rows)[tile.region];
    const int steps = int(step.size);
    for (int s = exec.thread(); s < steps; s += exec.threads()) far.set(s, r.step(exec.global(step)[s].offset));

    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const SizeTally dependences(exec, room, r.highest, PrivateSizes(r.highest, own.longest, private_words), end,
        exec.global(dependence.part(own.first_cell, own.cells)));
    // A word of shared memory has 32 bits; a tile's differences must fit there.
    const bool fits = std::int64_t(r.highest) * steps * tile_voxels < std::int64_t(1) << 32;
    const SizeTally differences(exec, other_room, r.highest,
        PrivateSizes(fits ? r.highest : 0, own.longest, private_words), end,
        exec.global(difference.part(own.first_cell, own.cells)));
    dependences.start();
    differences.start();
    const LevelRange range = range_of(r, tile);
    for (std::int64_t i = range.first + exec.thread(); i < range.last; i += exec.threads()) {
      const std::int32_t g = level[i];
      if (g == 0) continue;
      std::int32_t inside = 0, dependent = 0, apart = 0;
      for (int s = 0; s < steps; ++s) {
        const std::int32_t other = level[i + far.get(s)];
        if (other == 0) continue;
        const std::int32_t d = g - other;
        ++inside;
        apart += d;
        dependent += d <= alpha && -d <= alpha;
      }
      dependences.add(g, dependent + 1);
      if (inside == 0) differences.add(g, 1);
      else if (apart != 0) differences.add(g, inside + 1, std::uint32_t(apart < 0 ? -apart : apart));
    }
    dependences.finish();
    differences.finish();
  }
};

}  // namespace radloom::gldm
