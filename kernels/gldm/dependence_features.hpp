#pragma once
#include "families/gldm/formulas.hpp"
#include "kernels/common/size_matrix_views.hpp"
#include "kernels/common/span.hpp"
#include "kernels/common/team.hpp"
#include "kernels/gldm/tuning.hpp"

namespace radloom::gldm {

/// Features of every region.
///
/// Grid: one block a region. Cost: 4 bytes a cell, some 40 operations in double and 6 bytes more a cell that is not 0.
struct DependenceFeatures {
  static constexpr int max_threads = tuning::features_threads;
  RowMatrices matrices;
  double epsilon;
  Span<double> out;  ///< of each region feature::gldm::count

  static std::size_t shared_bytes(int threads) { return team_doubles(threads) * sizeof(double); }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const auto features =
        exec.global(out.part(std::int64_t(exec.block()) * feature::gldm::count, feature::gldm::count));
    features_of_rows(exec, matrices, feature::gldm::count, features,
        [&](const auto& matrix) { compute(team, matrix, epsilon, features); });
  }
};

}  // namespace radloom::gldm
