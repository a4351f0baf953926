#include "filters/log/kernel.hpp"

#include <cmath>

namespace radloom::log {

std::vector<filters::Kernels> sampled(
    const Settings& settings, double sigma_mm, const std::array<double, 3>& spacing_mm) {
  const auto axes = filters::axes_of(settings);
  std::array<std::vector<double>, 3> smooth, curved;
  double mean = 1;
  int dimensions = 0;
  for (int d = 0; d < 3; ++d) {
    if (!axes[d]) continue;
    mean *= spacing_mm[d];
    ++dimensions;
    const double s = sigma_mm / spacing_mm[d];
    const auto half = std::int64_t(std::floor(settings.log_cutoff_sigmas * s + 0.5));
    for (std::int64_t x = -half; x <= half; ++x) {
      const double square = double(x) * double(x) / (s * s);
      smooth[d].push_back(std::exp(-square / 2) / (std::sqrt(2 * M_PI) * s));
      curved[d].push_back((1 - square) * smooth[d].back());
    }
  }
  const double scale = -std::pow(mean, 2.0 / dimensions) / (sigma_mm * sigma_mm);
  std::vector<filters::Kernels> terms;
  for (int d = 0; d < 3; ++d) {
    if (!axes[d]) continue;
    auto& term = terms.emplace_back();
    for (int k = 0; k < 3; ++k)
      if (axes[k]) term[k] = filters::centred(k == d ? curved[k] : smooth[k]);
    for (double& w : term[d].weights) w *= scale;
  }
  return terms;
}

Box sampled_reach(const Settings& settings, double sigma_mm, const std::array<double, 3>& spacing_mm, const Box& box,
    const std::array<std::int64_t, 3>& whole) {
  return filters::reach(box, sampled(settings, sigma_mm, spacing_mm).front(), settings.filter_boundary, whole);
}

filters::Field sampled_response(const Settings& settings, double sigma_mm, const std::array<double, 3>& spacing_mm,
    const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const auto in = filters::field_of(image, sampled_reach(settings, sigma_mm, spacing_mm, box, image.whole));
  filters::Field sum;
  for (const auto& term : sampled(settings, sigma_mm, spacing_mm)) {
    auto part = filters::convolve(in, box, term, settings.filter_boundary, image.whole, stop);
    if (sum.values.empty()) {
      sum = std::move(part);
      continue;
    }
    for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += part.values[i];
  }
  return sum;
}

}  // namespace radloom::log
