#pragma once
#include "families/gldm/formulas.hpp"
#include "kernels/common/size_matrix_views.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/span.hpp"
#include "kernels/common/team.hpp"
#include "kernels/gldm/tuning.hpp"

namespace radloom::gldm {

/// Features of every region.
///
/// Grid: one block a region. Cost: 4 bytes a cell, some 40 operations in double and 6 bytes more a cell that is not 0.
struct DependenceFeatures {
  static constexpr int max_threads = tuning::features_threads;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const std::uint32_t> row_end;
  Span<const std::uint16_t> cell_level;
  Span<const std::uint32_t> counts, by_level, by_size;  ///< see SizeMarginals
  double epsilon;
  Span<double> out;  ///< of each region feature::gldm::count

  static std::size_t shared_bytes(int threads) { return team_doubles(threads) * sizeof(double); }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const LevelRegion r = exec.global(region)[exec.block()];
    const SizeRows own = exec.global(rows)[exec.block()];
    const auto features =
        exec.global(out.part(std::int64_t(exec.block()) * feature::gldm::count, feature::gldm::count));
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const std::int64_t cells = end[r.highest];
    if (cells == 0) {  // not one voxel
      for (int f = exec.thread(); f < feature::gldm::count; f += exec.threads()) features.set(f, NAN);
      return;
    }
    const RowCells cell(Counted(exec.global(counts.part(own.first_cell, own.cells))),
        exec.global(cell_level.part(own.first_cell, own.cells)), end);
    const LevelMarginal level(Counted(exec.global(by_level.part(r.histogram, r.highest + 1))));
    const SizeMarginal size(Counted(exec.global(by_size.part(own.first_size, own.longest))));
    const ViewedSizeMatrix matrix(cell, cells, level, r.highest, size, own.longest);
    compute(team, matrix, epsilon, features);
  }
};

}  // namespace radloom::gldm
