#pragma once
#include "families/gldzm/formulas.hpp"
#include "kernels/common/size_matrix_views.hpp"
#include "kernels/common/span.hpp"
#include "kernels/common/team.hpp"
#include "kernels/gldzm/tuning.hpp"

namespace radloom::gldzm {

/// Features of every region.
///
/// Grid: one block a region. Cost: 4 bytes a cell, some 40 operations in double and 6 bytes more a cell that is not 0.
struct DistanceFeatures {
  static constexpr int max_threads = tuning::features_threads;
  static constexpr int min_blocks = 6;  ///< of a multiprocessor: for 7, registers are spilled
  RowMatrices matrices;
  Span<const std::uint64_t> inside;  ///< voxels of each region
  Span<double> out;                  ///< of each region feature::gldzm::count

  static std::size_t shared_bytes(int threads) { return team_doubles(threads) * sizeof(double); }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const auto features =
        exec.global(out.part(std::int64_t(exec.block()) * feature::gldzm::count, feature::gldzm::count));
    const double voxels = double(exec.global(inside)[exec.block()]);
    features_of_rows(exec, matrices, feature::gldzm::count, features,
        [&](const auto& matrix) { compute(team, matrix, voxels, features); });
  }
};

}  // namespace radloom::gldzm
