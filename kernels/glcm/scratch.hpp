#pragma once
#include "families/glcm/formulas.hpp"
#include "families/glcm/maximal_correlation.hpp"

namespace radloom::glcm {

/// Room for the formulas of one matrix in one stretch of doubles: `sum` and `difference` are done with when MCC begins.
RL_HD inline std::int64_t scratch_doubles(std::int64_t levels, bool correlation) {
  return correlation ? (2 + correlation_vectors) * levels + correlation_coefficients * correlation_steps(int(levels))
                     : 5 * levels + 1;
}

template <class V>
RL_HD Marginals<V> marginals_in(const V& room, std::int64_t levels) {
  return {room.part(0, levels), room.part(levels, levels), room.part(2 * levels, 2 * levels + 1),
      room.part(4 * levels + 1, levels)};
}

template <class V>
RL_HD CorrelationScratch<V> correlation_in(const V& room, std::int64_t n) {
  const int steps = correlation_steps(int(n));
  const auto vector = [&](int k) { return room.part((2 + k) * n, n); };
  const auto coefficient = [&](int k) { return room.part((2 + correlation_vectors) * n + k * steps, steps); };
  return {vector(0), vector(1), vector(2), vector(3), vector(4), vector(5), vector(6), vector(7), vector(8),
      coefficient(0), coefficient(1), coefficient(2), coefficient(3), steps};
}

/// Gray levels where every one up to the highest has a rank.
struct EveryLevel {
  RL_HD std::int32_t operator[](std::int64_t rank) const { return std::int32_t(rank) + 1; }
};

/// Whether the region holds one gray level only, from its histogram (level 0 first): its MCC is 1 by PyRadiomics' rule, whatever the level's
/// number.
template <class Team, class Histogram>
RL_HD bool one_level(const Team& team, const Histogram& voxels) {
  const auto present = [&](std::int64_t g, auto& t) { t[0] += voxels[g] > 0; };
  return team.template sums<1>(voxels.size(), present)[0] < 2;
}

}  // namespace radloom::glcm
