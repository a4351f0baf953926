#include "filters/log/image_type.hpp"

#include <fmt/format.h>

#include <cmath>

#include "filters/log/kernel.hpp"
#include "filters/log/laplacian.hpp"

namespace radloom::log {

double sigma_of(const filters::Request& request, const DerivedImage& image) {
  return request.settings.log_sigma_mm.at(std::size_t(image.index)).mm;
}

convolve::Plan plan(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  return sampled(request.settings, sigma_of(request, image), grid.spacing_mm);
}

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  if (request.convention == Convention::ibsi) return convolve::needed_by<plan>(request, box, whole);
  return {{}, whole.size};
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  if (request.convention == Convention::ibsi) return convolve::derive<plan>(request, image, box, stop);
  std::vector<double> sigma;
  for (const auto& wanted : request.images) sigma.push_back(sigma_of(request, wanted));
  return laplacian(image, box, sigma, stop, request.memory);
}

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (request.convention == Convention::ibsi) return convolve::unsuited(request, image, grid);
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
  return request.convention == Convention::ibsi ? convolve::remark<plan>(request, image, grid) : std::string();
}

}  // namespace radloom::log
