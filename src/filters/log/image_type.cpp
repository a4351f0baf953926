#include "filters/log/image_type.hpp"

#include <fmt/format.h>

#include <cmath>

#include "filters/log/kernel.hpp"
#include "filters/log/laplacian.hpp"

namespace radloom::log {

double sigma_of(const filters::Request& request, const DerivedImage& image) {
  return request.settings.log_sigma_mm.at(std::size_t(image.index)).mm;
}

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  if (request.convention == Convention::pyradiomics) return {{}, whole.size};
  Box out = box;
  for (const auto& wanted : request.images)
    out = hull_of(out, sampled_reach(request.settings, sigma_of(request, wanted), whole.spacing_mm, box, whole.size));
  return out;
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  std::vector<double> sigma;
  for (const auto& wanted : request.images) sigma.push_back(sigma_of(request, wanted));
  if (request.convention == Convention::pyradiomics) return laplacian(image, box, sigma, stop, request.memory);
  std::vector<Volume> out;
  for (const double s : sigma)
    out.push_back(
        filters::volume_of(image, sampled_response(request.settings, s, image.grid().spacing_mm, image, box, stop)));
  return out;
}

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (request.convention == Convention::ibsi) return filters::lacks_axis(request.settings, grid.size);
  const double sigma = sigma_of(request, image);
  for (int d = 0; d < 3; ++d) {
    const double least = std::max(4.0, std::ceil(sigma / grid.spacing_mm[d]) + 1);
    if (double(grid.size[d]) < least)
      return fmt::format(
          "the image has {} voxels along {}, and a width of {} mm needs {}", grid.size[d], "xyz"[d], sigma, least);
  }
  return {};
}

std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  const double sigma = sigma_of(request, image);
  for (int d = 0; d < 3; ++d)
    if (sigma < grid.spacing_mm[d])
      return fmt::format("a width of {} mm is less than the spacing of {} mm along {}: the filter is barely sampled",
          sigma, grid.spacing_mm[d], "xyz"[d]);
  if (request.convention == Convention::pyradiomics) return {};
  std::array<std::int64_t, 3> taps{};
  const auto kernels = sampled(request.settings, sigma, grid.spacing_mm).front();
  for (int d = 0; d < 3; ++d) taps[d] = std::int64_t(kernels[d].weights.size());
  return filters::longer_than(grid.size, taps);
}

}  // namespace radloom::log
