#pragma once
#include "kernels/common/private_sizes.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/gldzm/nearest_voxels.hpp"
#include "kernels/gldzm/tuning.hpp"

namespace radloom::gldzm {

/// Counts zones by level and distance in whole rows (see whole_rows), those of up to `private_distances` in shared memory before.
///
/// Grid: one block a level tile. Cost: 4 bytes read a voxel, 2 more and one atomic a zone.
struct TallyDistances {
  static constexpr int max_threads = tuning::zone_threads;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const Tile> tiles;
  Span<const std::uint16_t> levels;
  Span<const std::uint32_t> nearest;  ///< see NearestVoxels
  Span<const std::uint32_t> row_end;
  Span<std::uint32_t> counts;  ///< see SizeRows; zeroed by the caller
  int private_words;           ///< of shared memory

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto room = exec.template shared<std::uint32_t>(private_words);
    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const SizeRows own = exec.global(rows)[tile.region];
    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto near = exec.global(nearest.part(r.first, r.padded_voxels()));
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const auto count = exec.global(counts.part(own.first_cell, own.cells));
    const SizeTally tally(
        exec, room, r.highest, PrivateSizes(r.highest, tuning::private_distances, private_words), end, count);
    tally.start();
    const LevelRange range = range_of(r, tile);
    for (std::int64_t i = range.first + exec.thread(); i < range.last; i += exec.threads())
      if (const std::uint32_t n = near[i]) tally.add(level[i], distance_of(n));
    tally.finish();
  }
};

}  // namespace radloom::gldzm
