#pragma once
#include "kernels/common/private_sizes.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/glszm/large_zones.hpp"
#include "kernels/glszm/tuning.hpp"

namespace radloom::glszm {

/// Counts zones by level and size: those of up to `small_zones` voxels in ragged rows (see SizeRows), those of up to `private_zones` in shared
/// memory before. A larger zone is appended to a list, in no order, and added to the marginal over sizes at once; of these there is at
/// most one for small_zones + 1 voxels.
///
/// Grid: one block a level tile. Cost: 4 bytes read a voxel, 2 more and one atomic a zone; 16 bytes and two atomics more a large one.
struct TallyZones {
  static constexpr int max_threads = tuning::threads;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const Tile> tiles;
  Span<const std::uint16_t> levels;
  Span<const std::uint32_t> sizes;  ///< see SizeZones
  Span<const std::uint32_t> row_end;
  Span<std::uint32_t> counts;                    ///< see SizeRows; zeroed by the caller
  Span<std::uint32_t> by_level;                  ///< see SizeMarginals; zeroed by the caller
  Span<std::uint64_t> large_cells, large_sizes;  ///< keys of the large zones, zeroed by the caller
  Span<std::uint32_t> large;                     ///< how many there are, zeroed by the caller
  ZoneKeys keys;
  int private_words;  ///< of shared memory

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto room = exec.template shared<std::uint32_t>(private_words);
    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const SizeRows own = exec.global(rows)[tile.region];
    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto size = exec.global(sizes.part(r.first, r.padded_voxels()));
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const auto count = exec.global(counts.part(own.first_cell, own.cells));
    const SizeTally tally(
        exec, room, r.highest, PrivateSizes(r.highest, tuning::private_zones, private_words), end, count);
    tally.start();
    const LevelRange range = range_of(r, tile);
    for (std::int64_t i = range.first + exec.thread(); i < range.last; i += exec.threads()) {
      const std::uint32_t voxels = size[i];
      if (voxels == 0) continue;
      const std::int32_t g = level[i];
      if (voxels <= std::uint32_t(tuning::small_zones)) {
        tally.add(g, std::int32_t(voxels));
        continue;
      }
      const std::uint32_t place = exec.global(large).add(0, 1u);
      exec.global(large_cells).set(place, keys.cell(tile.region, g, voxels));
      exec.global(large_sizes).set(place, keys.of_size(tile.region, voxels));
      exec.global(by_level).add(r.histogram + g, 1u);
    }
    tally.finish();
  }
};

}  // namespace radloom::glszm
