#pragma once
#include "families/glszm/formulas.hpp"
#include "kernels/common/size_matrix_views.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/span.hpp"
#include "kernels/common/team.hpp"
#include "kernels/glszm/large_zones.hpp"
#include "kernels/glszm/tuning.hpp"

namespace radloom::glszm {

/// The large zones after they were sorted and counted: each key once, how often, and how many keys there are. Keys of 0 count nothing.
struct LargeZones {
  Span<const std::uint64_t> key;
  Span<const std::uint32_t> count;
  Span<const std::uint32_t> keys;  ///< one word; empty where there can be no large zone
};

/// Cells (or sizes) of ragged rows and behind them those of the large zones.
template <class Small, class Keys, class Counts>
class ZoneCells {
 public:
  RL_HD ZoneCells(const Small& small, std::int64_t smalls, const Keys& key, const Counts& count, const ZoneKeys& keys)
      : small_(small), smalls_(smalls), key_(key), count_(count), keys_(keys) {}
  RL_HD SizeMatrixView::Cell operator[](std::int64_t i) const {
    if (i < smalls_) return small_[i];
    const std::uint64_t k = key_[i - smalls_];
    return {double(keys_.level(k)), double(keys_.size(k)), double(count_[i - smalls_])};
  }

 private:
  Small small_;
  std::int64_t smalls_;
  Keys key_;  ///< of this region
  Counts count_;
  ZoneKeys keys_;
};

/// Features of every region.
///
/// Grid: one block a region. Cost: 4 bytes a cell, some 40 operations in double and 6 bytes more a cell that is not 0.
struct ZoneFeatures {
  static constexpr int max_threads = tuning::features_threads;
  static constexpr int min_blocks = 6;  ///< of a multiprocessor: for 7, registers are spilled
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const std::uint32_t> row_end;
  Span<const std::uint16_t> cell_level;
  Span<const std::uint32_t> counts, by_level, by_size;  ///< see SizeMarginals
  LargeZones large_cells, large_sizes;
  ZoneKeys keys;
  double epsilon;
  Span<double> out;  ///< of each region feature::glszm::count

  static std::size_t shared_bytes(int threads) { return std::size_t(threads / 32 * 16) * 8; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const LevelRegion r = exec.global(region)[exec.block()];
    const SizeRows own = exec.global(rows)[exec.block()];
    const auto features =
        exec.global(out.part(std::int64_t(exec.block()) * feature::glszm::count, feature::glszm::count));
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const std::int64_t small = end[r.highest];
    if (small == 0) {  // not one voxel
      for (int f = exec.thread(); f < feature::glszm::count; f += exec.threads()) features.set(f, NAN);
      return;
    }
    const Stretch cells =
        stretch(exec, large_cells, keys.cell(exec.block(), 0, 1), keys.cell(std::int64_t(exec.block()) + 1, 0, 0));
    const Stretch sizes =
        stretch(exec, large_sizes, keys.of_size(exec.block(), 1), keys.of_size(std::int64_t(exec.block()) + 1, 0));

    const ZoneCells cell(RowCells(Counted(exec.global(counts.part(own.first_cell, own.cells))),
                             exec.global(cell_level.part(own.first_cell, own.cells)), end),
        small, exec.global(large_cells.key.part(cells.first, cells.n)),
        exec.global(large_cells.count.part(cells.first, cells.n)), keys);
    const LevelMarginal level(Counted(exec.global(by_level.part(r.histogram, r.highest + 1))));
    const ZoneCells size(SizeMarginal(Counted(exec.global(by_size.part(own.first_size, own.longest)))), own.longest,
        exec.global(large_sizes.key.part(sizes.first, sizes.n)),
        exec.global(large_sizes.count.part(sizes.first, sizes.n)), keys);
    const ViewedSizeMatrix matrix(cell, small + cells.n, level, r.highest, size, own.longest + sizes.n);
    compute(team, matrix, epsilon, features);
  }

 private:
  struct Stretch {
    std::int64_t first = 0, n = 0;
  };
  /// Where the keys from `from` up to, and without, `to` lie.
  template <class Exec>
  RL_HD static Stretch stretch(Exec& exec, const LargeZones& zones, std::uint64_t from, std::uint64_t to) {
    if (zones.keys.size == 0) return {};
    const std::int64_t n = exec.global(zones.keys)[0];
    const auto key = exec.global(zones.key.part(0, n));
    const std::int64_t first = lower_bound(key, n, from);
    return {first, lower_bound(key, n, to) - first};
  }
};

}  // namespace radloom::glszm
