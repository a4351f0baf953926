#pragma once
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "core/numbers.hpp"
#include "core/team.hpp"

namespace radloom::ngtdm {

/// A neighbourhood gray tone difference matrix: of each gray level, how many voxels, and the sum of their absolute
/// differences from the mean of their neighbours.
template <class Number>
struct ViewOf {
  Number* level;       ///< gray level
  Number* voxels;      ///< n_i; levels without a voxel count for nothing, and side by side come after all others
  Number* difference;  ///< s_i
  std::int64_t levels;
};
using View = ViewOf<double>;

/// All features of the family (IBSI 3.10) into `out[feature::ngtdm::...]`, by a team, which turns the matrix into p_i and p_i s_i. Where a
/// definition divides by zero PyRadiomics has a value of its own (coarseness 1e6, else 0); in the standard's convention it is NaN, but for the
/// coarseness, which the standard allows to be set to 1e6 and which is left undefined too. So is everything where no voxel counts.
/// Cost: levels^2.
template <class Team, class Matrix, class Out>
RL_HD_INLINE void compute(const Team& team, const Matrix& m, bool pyradiomics, const Out& out) {
  namespace f = feature::ngtdm;
  using Number = typename Team::Number;
  constexpr bool by_itself = std::is_same_v<Number, double>;
  const auto all = team.template sums<3>(m.levels, [&](std::int64_t i, auto& s) {
    s[0] += m.voxels[i];
    s[1] += m.difference[i];
    s[2] += m.voxels[i] > 0;
  });
  const Number n = all[0], differences = all[1], levels = all[2];
  team.for_each(m.levels, [&](std::int64_t i) {
    const Number p = m.voxels[i] / n;
    m.voxels[i] = p;
    m.difference[i] = p * m.difference[i];
  });
  const auto pairs = team.template sums<5>(m.levels, [&](std::int64_t i, auto& s) {
    const Number pi = m.voxels[i];
    if constexpr (by_itself)
      if (!(pi > 0)) return;
    const Number gi = m.level[i], wi = m.difference[i];
    Sums<4, Number> row;  // apart, so that rounding grows with the levels and not with their pairs
    // Side by side every pair is taken once.
    for (std::int64_t j = 0; j < (by_itself ? m.levels : i); ++j) {
      const Number pj = m.voxels[j];
      if constexpr (by_itself)
        if (!(pj > 0)) continue;
      const Number gj = m.level[j], wj = m.difference[j], d = gi - gj;
      row[0] += pi * pj * d * d;
      row[1] += fabs(gi * pi - gj * pj);
      row[2] += fabs(d) * (wi + wj) / (pi + pj);
      row[3] += (pi + pj) * d * d;
    }
    s[0] += wi;
    for (int k = 0; k < 4; ++k) s[k + 1] += choose(pi > 0, (by_itself ? 1 : 2) * row[k], Number(0));
  });
  if (!team.leader()) return;
  const Number weighted = pairs[0], contrast = pairs[1], busyness = pairs[2], complexity = pairs[3],
               strength = pairs[4];
  const Number undefined = NAN, others = levels * (levels - 1);
  const auto none = [&](double of_pyradiomics) {
    return pyradiomics ? choose(n > 0, Number(of_pyradiomics), undefined) : undefined;
  };
  out[f::busyness] = choose(busyness != 0, weighted / busyness, none(0));
  out[f::coarseness] = choose(weighted != 0, 1 / weighted, none(1e6));
  out[f::complexity] = complexity / n;
  out[f::contrast] = choose(others != 0, contrast * differences / n / others, none(0));
  out[f::strength] = choose(differences != 0, strength / differences, none(0));
}

}  // namespace radloom::ngtdm
