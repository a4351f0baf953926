#pragma once
#include <cstdint>

#include "kernels/common/regions.hpp"
#include "kernels/common/scan.hpp"
#include "kernels/common/span.hpp"

namespace radloom {

/// Where the size matrices of a region lie. Counts are dense, but their rows are ragged: a level of n voxels has no run and no zone of
/// more than n, so its row ends there or at `longest`, whichever comes first. All rows of a matrix together then have no more cells than
/// the region has voxels, whatever the number of levels, and no more than levels * longest.
///
/// The counts of the batch hold, for each region, `matrices` (the directions of GLRLM, 1 for GLSZM) of them back to back, each of `cells`
/// words, from word first_cell * matrices on. `row_end[LevelRegion::histogram + g]` is the cell behind the last of level g's row; that of
/// level 0 is 0, so the row of level g is [row_end[g - 1], row_end[g]), sizes 1, 2, ...
struct SizeRows {
  std::int64_t first_cell = 0;
  std::int64_t cells = 0;       ///< room for a matrix; `row_end` of the highest level says how much of it is used
  std::int64_t first_size = 0;  ///< of its sizes in the marginals of the batch
  std::int32_t longest = 0;     ///< largest size that has a cell
};

/// Words of the batch's arrays.
struct SizeRowsTotal {
  std::int64_t cells = 0, sizes = 0;
};

inline SizeRows append(std::int64_t cells, std::int32_t longest, SizeRowsTotal& total) {
  const SizeRows rows{total.cells, cells, total.sizes, longest};
  total.cells += cells;
  total.sizes += longest;
  return rows;
}

/// The rows of a region behind what `total` holds already, which is raised.
inline SizeRows size_rows(const LevelRegion& r, std::int32_t longest, SizeRowsTotal& total) {
  const std::int64_t dense = std::int64_t(r.highest) * longest;
  return append(dense < r.voxels() ? dense : r.voxels(), longest, total);
}
/// The same where every level that is present has `longest` cells, since its voxels do not bound them (dependences).
inline SizeRows whole_rows(const LevelRegion& r, std::int32_t longest, SizeRowsTotal& total) {
  return append((r.highest < r.voxels() ? r.highest : r.voxels()) * longest, longest, total);
}

/// Lays the rows: where each level's row ends, and the level of each cell.
///
/// Grid: one block a region. Cost: 12 bytes a level, 2 a cell.
struct LayRows {
  static constexpr int max_threads = 256;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const std::uint64_t> histogram;
  Span<std::uint32_t> row_end;     ///< as long as the histograms
  Span<std::uint16_t> cell_level;  ///< of all regions' cells
  bool whole = false;              ///< see whole_rows

  static std::size_t shared_bytes(int threads) { return (std::size_t(threads) / 32 * 4 + 15) / 16 * 16; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto room = exec.template shared<std::uint32_t>(exec.warps());
    const LevelRegion r = exec.global(region)[exec.block()];
    const SizeRows own = exec.global(rows)[exec.block()];
    const auto voxels = exec.global(histogram.part(r.histogram, r.highest + 1));
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const auto level = exec.global(cell_level.part(own.first_cell, own.cells));

    std::uint32_t before = 0;
    for (std::int32_t first = 0; first <= r.highest; first += exec.threads()) {
      const std::int32_t g = first + exec.thread();
      std::uint32_t length = 0;
      if (g > 0 && g <= r.highest) {
        const std::uint64_t n = voxels[g];
        length = n < std::uint64_t(own.longest) && !(whole && n > 0) ? std::uint32_t(n) : std::uint32_t(own.longest);
      }
      const BlockSum sum = block_sum(exec, room, length);
      if (g <= r.highest) end.set(g, before + sum.up_to);
      before += sum.all;
    }
    exec.sync_block();
    for (std::int32_t g = 1 + exec.warp(); g <= r.highest; g += exec.warps())
      for (std::int64_t c = end.get(g - 1) + exec.lane(), last = end.get(g); c < last; c += 32)
        level.set(c, std::uint16_t(g));
  }
};

}  // namespace radloom
