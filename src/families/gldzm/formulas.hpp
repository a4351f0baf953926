#pragma once
#include "catalogue/indices.hpp"
#include "families/common/size_matrix.hpp"

namespace radloom::gldzm {

/// All features of the family (IBSI 3.9) into `out[feature::gldzm::...]`, by a team: those of a size matrix whose sizes are distances.
/// `voxels` is the number of the region's, which the matrix does not hold.
template <class Team, class Matrix, class Out>
RL_HD void compute(const Team& team, const Matrix& m, double voxels, const Out& out) {
  namespace f = feature::gldzm;
  const double n = team.template sums<1>(m.levels, [&](std::int64_t i, auto& s) { s[0] += m.by_level[i].weight; })[0];
  const auto s = size_matrix_sums(team, m, 0);
  if (!team.leader()) return;
  out[f::gray_level_non_uniformity] = s.level_nonuniformity;
  out[f::gray_level_non_uniformity_normalized] = s.level_nonuniformity_normalized;
  out[f::gray_level_variance] = s.level_variance;
  out[f::high_gray_level_zone_emphasis] = s.high_level_emphasis;
  out[f::large_distance_emphasis] = s.large_emphasis;
  out[f::large_distance_high_gray_level_emphasis] = s.large_high;
  out[f::large_distance_low_gray_level_emphasis] = s.large_low;
  out[f::low_gray_level_zone_emphasis] = s.low_level_emphasis;
  out[f::small_distance_emphasis] = s.small_emphasis;
  out[f::small_distance_high_gray_level_emphasis] = s.small_high;
  out[f::small_distance_low_gray_level_emphasis] = s.small_low;
  out[f::zone_distance_entropy] = s.entropy;
  out[f::zone_distance_non_uniformity] = s.size_nonuniformity;
  out[f::zone_distance_non_uniformity_normalized] = s.size_nonuniformity_normalized;
  out[f::zone_distance_variance] = s.size_variance;
  out[f::zone_percentage] = n / voxels;
}

}  // namespace radloom::gldzm
