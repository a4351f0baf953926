#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "core/team.hpp"
#include "families/firstorder/measure.hpp"

namespace radloom::firstorder {

/// All features of the family (IBSI 3.3 and the intensity histogram's entropy and uniformity, 3.4) into
/// `out[feature::firstorder::...]`, by a team. `voxels` counts the voxels of each gray level.
/// Kurtosis is excess kurtosis in the standard, not in PyRadiomics; both leave it and the skewness undefined without variance,
/// but PyRadiomics returns 0.
template <class Team, class Counts, class Out>
RL_HD void compute(
    const Team& team, const Measures& m, const Counts& voxels, std::int64_t levels, bool pyradiomics, const Out& out) {
  namespace f = feature::firstorder;
  const double epsilon = pyradiomics ? 0x1p-52 : 0;
  const auto sums = team.template sums<2>(levels, [&](std::int64_t i, auto& s) {
    const double p = double(std::uint64_t(voxels[i])) / m.n;
    if (p == 0) return;
    s[0] -= p * log2(p + epsilon);
    s[1] += p * p;
  });
  if (!team.leader()) return;
  const double entropy = sums[0], uniformity = sums[1];
  const double without_spread = pyradiomics ? 0 : NAN;
  out[f::percentile_10] = m.p10;
  out[f::percentile_90] = m.p90;
  out[f::energy] = m.energy;
  out[f::entropy] = entropy;
  out[f::interquartile_range] = m.p75 - m.p25;
  out[f::kurtosis] = m.moment2 != 0 ? m.moment4 / (m.moment2 * m.moment2) - (pyradiomics ? 0 : 3) : without_spread;
  out[f::maximum] = m.maximum;
  out[f::mean_absolute_deviation] = m.absolute_deviation;
  out[f::mean] = m.mean;
  out[f::median] = m.median;
  out[f::minimum] = m.minimum;
  out[f::range] = m.maximum - m.minimum;
  out[f::robust_mean_absolute_deviation] = m.robust_absolute_deviation;
  out[f::root_mean_squared] = sqrt(m.energy / m.n);
  out[f::skewness] = m.moment2 != 0 ? m.moment3 / (m.moment2 * sqrt(m.moment2)) : without_spread;
  out[f::standard_deviation] = sqrt(m.moment2);
  out[f::total_energy] = m.energy * m.voxel_volume_mm3;
  out[f::uniformity] = uniformity;
  out[f::variance] = m.moment2;
  out[f::coefficient_of_variation] = m.mean != 0 ? sqrt(m.moment2) / m.mean : NAN;
  out[f::median_absolute_deviation] = m.median_absolute_deviation;
  out[f::quartile_coefficient_of_dispersion] = m.p75 + m.p25 != 0 ? (m.p75 - m.p25) / (m.p75 + m.p25) : NAN;
}

}  // namespace radloom::firstorder
