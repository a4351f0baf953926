#pragma once
#include "catalogue/indices.hpp"
#include "families/common/size_matrix.hpp"

namespace radloom::glszm {

/// All features of the family (IBSI 3.8) into `out[feature::glszm::...]`, by a team.
template <class Team, class Matrix, class Out>
RL_HD_INLINE void compute(const Team& team, const Matrix& m, double epsilon, const Out& out) {
  namespace f = feature::glszm;
  const auto s = size_matrix_sums(team, m, epsilon);
  if (!team.leader()) return;
  out[f::gray_level_non_uniformity] = s.level_nonuniformity;
  out[f::gray_level_non_uniformity_normalized] = s.level_nonuniformity_normalized;
  out[f::gray_level_variance] = s.level_variance;
  out[f::high_gray_level_zone_emphasis] = s.high_level_emphasis;
  out[f::large_area_emphasis] = s.large_emphasis;
  out[f::large_area_high_gray_level_emphasis] = s.large_high;
  out[f::large_area_low_gray_level_emphasis] = s.large_low;
  out[f::low_gray_level_zone_emphasis] = s.low_level_emphasis;
  out[f::size_zone_non_uniformity] = s.size_nonuniformity;
  out[f::size_zone_non_uniformity_normalized] = s.size_nonuniformity_normalized;
  out[f::small_area_emphasis] = s.small_emphasis;
  out[f::small_area_high_gray_level_emphasis] = s.small_high;
  out[f::small_area_low_gray_level_emphasis] = s.small_low;
  out[f::zone_entropy] = s.entropy;
  out[f::zone_percentage] = s.percentage;
  out[f::zone_variance] = s.size_variance;
}

}  // namespace radloom::glszm
