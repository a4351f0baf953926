#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"

namespace radloom::ngtdm {

/// A neighbourhood gray tone difference matrix: of each gray level that counts, how many voxels, and the sum of their
/// absolute differences from the mean of their neighbours.
struct View {
  const double* level;       ///< gray level, ascending
  const double* voxels;      ///< n_i > 0
  const double* difference;  ///< s_i
  int levels;                ///< N_gp > 0
};

/// All features of the family (IBSI 3.10) into `out[feature::ngtdm::...]`. Where a definition divides by zero PyRadiomics
/// has a value of its own (coarseness 1e6, else 0); in the standard's convention it is NaN, but for the
/// coarseness, which the standard allows to be set to 1e6 and which is left undefined too. Cost: levels^2.
RL_HD inline void compute(const View& m, bool pyradiomics, double* out) {
  namespace f = feature::ngtdm;
  double n = 0, differences = 0, weighted = 0;
  for (int i = 0; i < m.levels; ++i) n += m.voxels[i];
  for (int i = 0; i < m.levels; ++i) {
    differences += m.difference[i];
    weighted += m.voxels[i] / n * m.difference[i];
  }
  double contrast = 0, busyness = 0, complexity = 0, strength = 0;
  for (int i = 0; i < m.levels; ++i) {
    const double pi = m.voxels[i] / n, wi = pi * m.difference[i];
    for (int j = 0; j < m.levels; ++j) {
      const double pj = m.voxels[j] / n, d = m.level[i] - m.level[j];
      contrast += pi * pj * d * d;
      busyness += fabs(m.level[i] * pi - m.level[j] * pj);
      complexity += fabs(d) * (wi + pj * m.difference[j]) / (pi + pj);
      strength += (pi + pj) * d * d;
    }
  }
  const double undefined = NAN;
  const double pairs = double(m.levels) * (m.levels - 1);
  out[f::busyness] = busyness != 0 ? weighted / busyness : pyradiomics ? 0 : undefined;
  out[f::coarseness] = weighted != 0 ? 1 / weighted : pyradiomics ? 1e6 : undefined;
  out[f::complexity] = complexity / n;
  out[f::contrast] = pairs != 0 ? contrast * differences / n / pairs : pyradiomics ? 0 : undefined;
  out[f::strength] = differences != 0 ? strength / differences : pyradiomics ? 0 : undefined;
}

}  // namespace radloom::ngtdm
