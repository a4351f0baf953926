#pragma once
#include "core/team.hpp"
#include "families/firstorder/measure.hpp"
#include "kernels/firstorder/select.hpp"

namespace radloom::firstorder {

/// What is known of a region so far.
struct Progress {
  double mean, energy, p10, median, p90, robust_mean, robust_voxels, moment2, moment3, moment4, absolute_deviation,
      median_absolute_deviation;
};

/// Which sums over the voxels a pass makes.
enum class Pass : std::uint8_t { mean, moments, robust };
RL_HD constexpr int sums_of(Pass pass) { return pass == Pass::mean ? 2 : pass == Pass::moments ? 7 : 1; }
inline constexpr int most_sums = 7;

/// What `weight` voxels of intensity `v` add to the sums of a pass.
template <Pass pass>
RL_HD void add_terms(double v, double weight, double shift, const Progress& p, Sums<sums_of(pass)>& s) {
  if constexpr (pass == Pass::mean) {
    s[0] += weight * v;
    s[1] += weight * ((v + shift) * (v + shift));
  } else if constexpr (pass == Pass::moments) {
    const double d = v - p.mean;
    s[0] += weight * (d * d);
    s[1] += weight * (d * d * d);
    s[2] += weight * (d * d * (d * d));
    s[3] += weight * fabs(d);
    s[6] += weight * fabs(v - p.median);
    if (is_robust(v, p.p10, p.p90)) {
      s[4] += weight;
      s[5] += weight * v;
    }
  } else if (is_robust(v, p.p10, p.p90)) {
    s[0] += weight * fabs(v - p.robust_mean);
  }
}

/// A percentile of n voxels.
RL_HD inline double percentile(const Selection& s, double n, int i) {
  const auto place = percentile_place(std::int64_t(n), percentile_fraction(i));
  return interpolate(from_ordered_key(s.prefix[2 * i]), from_ordered_key(s.prefix[2 * i + 1]), place.t);
}

/// What the sums of a pass say, for the passes after it.
template <Pass pass>
RL_HD void conclude(const Sums<sums_of(pass)>& sums, const Selection& s, double n, Progress& p) {
  if constexpr (pass == Pass::mean) {
    p.mean = sums[0] / n;
    p.energy = sums[1];
    p.p10 = percentile(s, n, 0);
    p.median = percentile(s, n, 2);
    p.p90 = percentile(s, n, percentiles - 1);
  } else if constexpr (pass == Pass::moments) {
    p.moment2 = sums[0] / n;
    p.moment3 = sums[1] / n;
    p.moment4 = sums[2] / n;
    p.absolute_deviation = sums[3] / n;
    p.median_absolute_deviation = sums[6] / n;
    p.robust_voxels = sums[4];
    p.robust_mean = sums[5] / sums[4];
  }
}

/// After the last pass: everything but the volume of a voxel.
RL_HD inline Measures measures_of(
    const Progress& p, const Sums<sums_of(Pass::robust)>& sums, const Selection& s, double n) {
  Measures m;
  m.n = n;
  m.minimum = from_ordered_key(s.prefix[targets - 2]);
  m.maximum = from_ordered_key(s.prefix[targets - 1]);
  m.p10 = p.p10;
  m.p25 = percentile(s, n, 1);
  m.median = percentile(s, n, 2);
  m.p75 = percentile(s, n, 3);
  m.p90 = p.p90;
  m.mean = p.mean;
  m.moment2 = p.moment2;
  m.moment3 = p.moment3;
  m.moment4 = p.moment4;
  m.absolute_deviation = p.absolute_deviation;
  m.median_absolute_deviation = p.median_absolute_deviation;
  m.robust_absolute_deviation = sums[0] / p.robust_voxels;
  m.energy = p.energy;
  return m;
}

}  // namespace radloom::firstorder
