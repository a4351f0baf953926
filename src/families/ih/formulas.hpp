#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "core/team.hpp"
#include "families/firstorder/measure.hpp"

namespace radloom::ih {

/// The lowest gray level (from 1) of those whose index (from 0) has a property; one must.
template <class Team, class Property>
RL_HD double lowest_level(const Team& team, std::int64_t levels, const Property& has) {
  return -team.maximum(levels, -INFINITY, [&](std::int64_t i) { return has(i) ? -double(i + 1) : -INFINITY; });
}

/// All features of the family (IBSI 3.4, but for entropy and uniformity) into `out[feature::ih::...]`, by a team. `m` measures the gray
/// levels of the voxels; `voxels` counts those of every level from 1 to `levels`, the highest that is present.
template <class Team, class Counts, class Out>
RL_HD void compute(
    const Team& team, const firstorder::Measures& m, const Counts& voxels, std::int64_t levels, const Out& out) {
  namespace f = feature::ih;
  const auto count = [&](std::int64_t i) { return double(std::uint64_t(voxels[i])); };
  // Of levels equally frequent the one closest to the mean, of two equally close the lower.
  const double most = team.maximum(levels, 0, count), mean = m.mean;
  const auto apart = [&](std::int64_t i) { return fabs(double(i + 1) - mean); };
  const double closest =
      -team.maximum(levels, -INFINITY, [&](std::int64_t i) { return count(i) == most ? -apart(i) : -INFINITY; });
  const double mode =
      lowest_level(team, levels, [&](std::int64_t i) { return count(i) == most && apart(i) == closest; });

  double largest = NAN, smallest = NAN, largest_at = NAN, smallest_at = NAN;
  if (m.minimum != m.maximum) {
    // Levels without voxels count too; of equal gradients the lowest level is reported.
    const auto gradient = [&](std::int64_t i) {
      const std::int64_t before = i > 0 ? i - 1 : 0, after = i + 1 < levels ? i + 1 : levels - 1;
      return (count(after) - count(before)) / double(after - before);
    };
    largest = team.maximum(levels, -INFINITY, gradient);
    smallest = -team.maximum(levels, -INFINITY, [&](std::int64_t i) { return -gradient(i); });
    largest_at = lowest_level(team, levels, [&](std::int64_t i) { return gradient(i) == largest; });
    smallest_at = lowest_level(team, levels, [&](std::int64_t i) { return gradient(i) == smallest; });
  }
  if (!team.leader()) return;
  out[f::percentile_10] = m.p10;
  out[f::percentile_90] = m.p90;
  out[f::coefficient_of_variation] = sqrt(m.moment2) / m.mean;
  out[f::excess_kurtosis] = m.moment2 != 0 ? m.moment4 / (m.moment2 * m.moment2) - 3 : NAN;
  out[f::skewness] = m.moment2 != 0 ? m.moment3 / (m.moment2 * sqrt(m.moment2)) : NAN;
  out[f::interquartile_range] = m.p75 - m.p25;
  out[f::maximum] = m.maximum;
  out[f::mean] = m.mean;
  out[f::mean_absolute_deviation] = m.absolute_deviation;
  out[f::median] = m.median;
  out[f::median_absolute_deviation] = m.median_absolute_deviation;
  out[f::minimum] = m.minimum;
  out[f::quartile_coefficient_of_dispersion] = (m.p75 - m.p25) / (m.p75 + m.p25);
  out[f::range] = m.maximum - m.minimum;
  out[f::robust_mean_absolute_deviation] = m.robust_absolute_deviation;
  out[f::variance] = m.moment2;
  out[f::mode] = mode;
  out[f::maximum_histogram_gradient] = largest;
  out[f::minimum_histogram_gradient] = smallest;
  out[f::maximum_histogram_gradient_intensity] = largest_at;
  out[f::minimum_histogram_gradient_intensity] = smallest_at;
}

}  // namespace radloom::ih
