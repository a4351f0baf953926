#pragma once
#include "catalogue/indices.hpp"
#include "families/common/size_matrix.hpp"

namespace radloom::glrlm {

/// All features of the family (IBSI 3.7) into `out[feature::glrlm::...]`, by a team.
template <class Team, class Matrix, class Out>
RL_HD_INLINE void compute(const Team& team, const Matrix& m, double epsilon, const Out& out) {
  namespace f = feature::glrlm;
  const auto s = size_matrix_sums(team, m, epsilon);
  if (!team.leader()) return;
  out[f::gray_level_non_uniformity] = s.level_nonuniformity;
  out[f::gray_level_non_uniformity_normalized] = s.level_nonuniformity_normalized;
  out[f::gray_level_variance] = s.level_variance;
  out[f::high_gray_level_run_emphasis] = s.high_level_emphasis;
  out[f::long_run_emphasis] = s.large_emphasis;
  out[f::long_run_high_gray_level_emphasis] = s.large_high;
  out[f::long_run_low_gray_level_emphasis] = s.large_low;
  out[f::low_gray_level_run_emphasis] = s.low_level_emphasis;
  out[f::run_entropy] = s.entropy;
  out[f::run_length_non_uniformity] = s.size_nonuniformity;
  out[f::run_length_non_uniformity_normalized] = s.size_nonuniformity_normalized;
  out[f::run_percentage] = s.percentage;
  out[f::run_variance] = s.size_variance;
  out[f::short_run_emphasis] = s.small_emphasis;
  out[f::short_run_high_gray_level_emphasis] = s.small_high;
  out[f::short_run_low_gray_level_emphasis] = s.small_low;
}

}  // namespace radloom::glrlm
