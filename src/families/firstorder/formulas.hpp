#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "core/numbers.hpp"
#include "core/team.hpp"
#include "families/common/count_entropy.hpp"
#include "families/firstorder/measure.hpp"

namespace radloom::firstorder {

/// Counts whose logarithms are looked up: `log2_of(count)`, 0 for 0. Their total is small enough for terms in epsilon squared to be nothing.
template <class Counts>
concept LooksUpLogarithms = requires(const Counts& counts) {
  counts.log2_of(counts[0]);
};

/// All features of the family (IBSI 3.3 and the intensity histogram's entropy and uniformity, 3.4) into
/// `out[feature::firstorder::...]`, by a team. `voxels` counts the voxels of each gray level.
/// Kurtosis is excess kurtosis in the standard, not in PyRadiomics; both leave it and the skewness undefined without variance,
/// but PyRadiomics returns 0.
template <class Team, class Counts, class Out>
RL_HD_INLINE void compute(const Team& team, const MeasuresOf<typename Team::Number>& m, const Counts& voxels,
    std::int64_t levels, bool pyradiomics, const Out& out) {
  namespace f = feature::firstorder;
  using Number = typename Team::Number;
  const double epsilon = pyradiomics ? 0x1p-52 : 0;
  Number log2_n = 0;
  if constexpr (LooksUpLogarithms<Counts>) log2_n = voxels.log2_of(m.n);
  const auto sums = team.template sums<2>(levels, [&](std::int64_t i, auto& s) {
    if constexpr (LooksUpLogarithms<Counts>) {
      const Number count = voxels[i], p = count / m.n;
      s[0] -= count_entropy_term<Number>(p, voxels.log2_of(count), log2_n, epsilon);
      s[1] += p * p;
    } else {
      const double p = double(std::uint64_t(voxels[i])) / m.n;
      if (p == 0) return;
      s[0] -= p * log2(p + epsilon);
      s[1] += p * p;
    }
  });
  const Number entropy = sums[0], uniformity = sums[1];
  const Number without_spread = pyradiomics ? 0 : NAN, undefined = NAN;
  const Number deviation = sqrt(m.moment2), quartiles = m.p75 + m.p25;
  if (!team.leader()) return;
  out[f::percentile_10] = m.p10;
  out[f::percentile_90] = m.p90;
  out[f::energy] = m.energy;
  out[f::entropy] = entropy;
  out[f::interquartile_range] = m.p75 - m.p25;
  out[f::kurtosis] =
      choose(m.moment2 != 0, m.moment4 / (m.moment2 * m.moment2) - (pyradiomics ? 0 : 3), without_spread);
  out[f::maximum] = m.maximum;
  out[f::mean_absolute_deviation] = m.absolute_deviation;
  out[f::mean] = m.mean;
  out[f::median] = m.median;
  out[f::minimum] = m.minimum;
  out[f::range] = m.maximum - m.minimum;
  out[f::robust_mean_absolute_deviation] = m.robust_absolute_deviation;
  out[f::root_mean_squared] = sqrt(m.energy / m.n);
  out[f::skewness] = choose(m.moment2 != 0, m.moment3 / (m.moment2 * deviation), without_spread);
  out[f::standard_deviation] = deviation;
  out[f::total_energy] = m.energy * m.voxel_volume_mm3;
  out[f::uniformity] = uniformity;
  out[f::variance] = m.moment2;
  out[f::coefficient_of_variation] = choose(m.mean != 0, deviation / m.mean, undefined);
  out[f::median_absolute_deviation] = m.median_absolute_deviation;
  out[f::quartile_coefficient_of_dispersion] = choose(quartiles != 0, (m.p75 - m.p25) / quartiles, undefined);
}

}  // namespace radloom::firstorder
