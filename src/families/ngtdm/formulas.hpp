#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "core/team.hpp"

namespace radloom::ngtdm {

/// A neighbourhood gray tone difference matrix: of each gray level, how many voxels, and the sum of their absolute
/// differences from the mean of their neighbours.
struct View {
  const double* level;       ///< gray level, ascending
  const double* voxels;      ///< n_i; levels without a voxel count for nothing
  const double* difference;  ///< s_i
  std::int64_t levels;
};

/// All features of the family (IBSI 3.10) into `out[feature::ngtdm::...]`, by a team. Where a definition divides by zero PyRadiomics
/// has a value of its own (coarseness 1e6, else 0); in the standard's convention it is NaN, but for the
/// coarseness, which the standard allows to be set to 1e6 and which is left undefined too. So is everything where no voxel counts.
/// Cost: levels^2.
template <class Team, class Matrix, class Out>
RL_HD void compute(const Team& team, const Matrix& m, bool pyradiomics, const Out& out) {
  namespace f = feature::ngtdm;
  const auto all = team.template sums<3>(m.levels, [&](std::int64_t i, auto& s) {
    s[0] += m.voxels[i];
    s[1] += m.difference[i];
    s[2] += m.voxels[i] > 0;
  });
  const double n = all[0], differences = all[1], levels = all[2];
  const auto pairs = team.template sums<5>(m.levels, [&](std::int64_t i, auto& s) {
    const double gi = m.level[i], pi = m.voxels[i] / n, wi = pi * m.difference[i];
    if (!(pi > 0)) return;
    Sums<4> row;  // apart, so that rounding grows with the levels and not with their pairs
    for (std::int64_t j = 0; j < m.levels; ++j) {
      const double pj = m.voxels[j] / n, d = gi - m.level[j];
      if (!(pj > 0)) continue;
      row[0] += pi * pj * d * d;
      row[1] += fabs(gi * pi - m.level[j] * pj);
      row[2] += fabs(d) * (wi + pj * m.difference[j]) / (pi + pj);
      row[3] += (pi + pj) * d * d;
    }
    s[0] += wi;
    for (int k = 0; k < 4; ++k) s[k + 1] += row[k];
  });
  if (!team.leader()) return;
  const double weighted = pairs[0], contrast = pairs[1], busyness = pairs[2], complexity = pairs[3],
               strength = pairs[4];
  const double undefined = NAN;
  const double others = levels * (levels - 1);
  const double none = pyradiomics && n > 0 ? 0 : undefined;
  out[f::busyness] = busyness != 0 ? weighted / busyness : none;
  out[f::coarseness] = weighted != 0 ? 1 / weighted : pyradiomics && n > 0 ? 1e6 : undefined;
  out[f::complexity] = complexity / n;
  out[f::contrast] = others != 0 ? contrast * differences / n / others : none;
  out[f::strength] = differences != 0 ? strength / differences : none;
}

}  // namespace radloom::ngtdm
