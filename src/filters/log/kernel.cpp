#include "filters/log/kernel.hpp"

#include <cmath>

namespace radloom::log {

convolve::Plan sampled(const Settings& settings, double sigma_mm, const std::array<double, 3>& spacing_mm) {
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
  convolve::Plan plan{{}, filters::Merge::sum, settings.filter_boundary};
  for (int d = 0; d < 3; ++d) {
    if (!axes[d]) continue;
    auto& term = plan.chains.emplace_back(1).front();
    for (int k = 0; k < 3; ++k)
      if (axes[k]) term[k] = filters::centred(k == d ? curved[k] : smooth[k]);
    for (double& w : term[d].weights) w *= scale;
  }
  return plan;
}

}  // namespace radloom::log
