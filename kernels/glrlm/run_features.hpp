#pragma once
#include "families/glrlm/formulas.hpp"
#include "kernels/common/size_matrix_views.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/span.hpp"
#include "kernels/common/team.hpp"
#include "kernels/glrlm/tuning.hpp"

namespace radloom::glrlm {

/// Features of every direction of every region, or of each region's directions added with their weights.
///
/// Grid: one block a matrix: a direction of a region, or a region where they are merged. Cost: 4 bytes a cell and direction, some 40
/// operations in double and 6 bytes more a cell that is not 0.
struct RunFeatures {
  static constexpr int max_threads = tuning::features_threads;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const std::uint32_t> row_end;
  Span<const std::uint16_t> cell_level;
  Span<const std::uint32_t> counts, by_level, by_size;  ///< see SizeMarginals
  Span<const std::uint32_t> two_on_a_line;              ///< see CountRuns
  Span<const double> weight;                            ///< [region][direction] where they are merged, else empty
  int directions;
  bool merged;
  bool drop_single;  ///< a direction in which no line holds two voxels is empty
  double epsilon;
  Span<double> out;  ///< of each matrix feature::glrlm::count

  static std::size_t shared_bytes(int threads, int directions) {
    return std::size_t(threads / 32 * 16) * 8 + (std::size_t(directions) * 8 + 15) / 16 * 16;
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const auto own_weight = exec.template shared<double>(directions);
    const int at = merged ? exec.block() : exec.block() / directions;
    const int first = merged ? 0 : exec.block() % directions, n = merged ? directions : 1;
    const LevelRegion r = exec.global(region)[at];
    const SizeRows own = exec.global(rows)[at];
    const auto features =
        exec.global(out.part(std::int64_t(exec.block()) * feature::glrlm::count, feature::glrlm::count));

    const std::int64_t row = std::int64_t(at) * directions + first;
    const auto kept = exec.global(two_on_a_line.part(row, n));
    for (int d = exec.thread(); d < n; d += exec.threads())
      own_weight.set(d, drop_single && !kept[d] ? 0.0 : merged ? double(exec.global(weight)[row + d]) : 1.0);
    exec.sync_block();
    bool any = false;
    for (int d = 0; d < n; ++d) any = any || own_weight.get(d) > 0;
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const std::int64_t cells = end[r.highest];
    if (!any || cells == 0) {
      for (int f = exec.thread(); f < feature::glrlm::count; f += exec.threads()) features.set(f, NAN);
      return;
    }

    const auto weighted = [&](const Span<const std::uint32_t>& all, std::int64_t begin, std::int64_t stride) {
      return WeightedCounts(
          exec.global(all.part(begin * directions + first * stride, n * stride)), stride, own_weight, n);
    };
    const RowCells cell(
        weighted(counts, own.first_cell, own.cells), exec.global(cell_level.part(own.first_cell, own.cells)), end);
    const LevelMarginal level(weighted(by_level, r.histogram, r.highest + 1));
    const SizeMarginal size(weighted(by_size, own.first_size, own.longest));
    const ViewedSizeMatrix matrix(cell, cells, level, r.highest, size, own.longest);
    compute(team, matrix, epsilon, features);
  }
};

}  // namespace radloom::glrlm
