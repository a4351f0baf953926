#include "families/ih/features.hpp"

#include <cmath>
#include <cstdlib>

#include "catalogue/indices.hpp"
#include "families/firstorder/measure.hpp"

namespace radloom::ih {

std::vector<double> compute(const Discretised& levels) {
  namespace f = feature::ih;
  std::vector<double> out(f::count, NAN);
  std::vector<std::uint64_t> count(levels.highest);  // of level i + 1
  for (std::size_t i = 0; i < levels.gray_levels.size(); ++i) count[levels.gray_levels[i] - 1] = levels.voxels[i];
  const auto m = firstorder::measure(count, 1);
  out[f::percentile_10] = m.p10;
  out[f::percentile_90] = m.p90;
  out[f::coefficient_of_variation] = std::sqrt(m.moment2) / m.mean;
  if (m.moment2 != 0) {
    out[f::excess_kurtosis] = m.moment4 / (m.moment2 * m.moment2) - 3;
    out[f::skewness] = m.moment3 / (m.moment2 * std::sqrt(m.moment2));
  }
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

  std::size_t mode = 0;
  for (std::size_t i = 1; i < count.size(); ++i)
    if (count[i] > count[mode] ||
        (count[i] == count[mode] && std::fabs(double(i + 1) - m.mean) < std::fabs(double(mode + 1) - m.mean)))
      mode = i;
  out[f::mode] = double(mode + 1);

  if (levels.gray_levels.size() < 2) return out;
  // Levels without voxels count too; of equal gradients the lowest level is reported.
  const auto n = std::int64_t(count.size());
  double largest = 0, smallest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t before = std::max<std::int64_t>(i - 1, 0), after = std::min(i + 1, n - 1);
    const double gradient = (double(count[after]) - double(count[before])) / double(after - before);
    if (i == 0 || gradient > largest) {
      largest = gradient;
      out[f::maximum_histogram_gradient_intensity] = double(i + 1);
    }
    if (i == 0 || gradient < smallest) {
      smallest = gradient;
      out[f::minimum_histogram_gradient_intensity] = double(i + 1);
    }
  }
  out[f::maximum_histogram_gradient] = largest;
  out[f::minimum_histogram_gradient] = smallest;
  return out;
}

}  // namespace radloom::ih
