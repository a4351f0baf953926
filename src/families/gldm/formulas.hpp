#pragma once
#include "catalogue/indices.hpp"
#include "families/common/size_matrix.hpp"

namespace radloom::gldm {

/// All features of the family (IBSI 3.11, NGLDM) into `out[feature::gldm::...]`, by a team.
template <class Team, class Matrix, class Out>
RL_HD_INLINE void compute(const Team& team, const Matrix& m, double epsilon, const Out& out) {
  namespace f = feature::gldm;
  const auto s = size_matrix_sums(team, m, epsilon);
  if (!team.leader()) return;
  out[f::dependence_entropy] = s.entropy;
  out[f::dependence_non_uniformity] = s.size_nonuniformity;
  out[f::dependence_non_uniformity_normalized] = s.size_nonuniformity_normalized;
  out[f::dependence_variance] = s.size_variance;
  out[f::gray_level_non_uniformity] = s.level_nonuniformity;
  out[f::gray_level_variance] = s.level_variance;
  out[f::high_gray_level_emphasis] = s.high_level_emphasis;
  out[f::large_dependence_emphasis] = s.large_emphasis;
  out[f::large_dependence_high_gray_level_emphasis] = s.large_high;
  out[f::large_dependence_low_gray_level_emphasis] = s.large_low;
  out[f::low_gray_level_emphasis] = s.low_level_emphasis;
  out[f::small_dependence_emphasis] = s.small_emphasis;
  out[f::small_dependence_high_gray_level_emphasis] = s.small_high;
  out[f::small_dependence_low_gray_level_emphasis] = s.small_low;
  out[f::dependence_energy] = s.energy;
  out[f::dependence_percentage] = 1.0;  // every voxel has a neighbourhood, be it empty
  out[f::gray_level_non_uniformity_normalized] = s.level_nonuniformity_normalized;
}

}  // namespace radloom::gldm
