#include "filters/riesz/riesz.hpp"

#include <cmath>

#include "filters/common/convolve.hpp"
#include "filters/log/image_type.hpp"
#include "filters/log/kernel.hpp"
#include "filters/simoncelli/simoncelli.hpp"

namespace radloom::riesz {
Transform transform_of(const Settings& s) {
  if (s.riesz_order.size() != 3) throw Error(ErrorCode::usage, "riesz_order has three orders");
  return Transform({s.riesz_order[0], s.riesz_order[1], s.riesz_order[2]});
}

Box needed_by(const filters::Request&, const Box&, const filters::Grid& whole) { return {{}, whole.size}; }

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Settings& s = request.settings;
  const auto axes = filters::axes_of(s);
  const Box all{{}, image.whole};
  const Transform transform = transform_of(s);
  const auto response_at = [&](double x, double y, double z) {
    return filters::Complex(transform.re, transform.im) * transform.direction(x, y, z);
  };
  std::vector<Volume> out;
  for (const auto& wanted : request.images) {
    filters::Field response{all, {}};
    if (s.riesz_filter == "LoG") {
      const auto sigma = s.log_sigma_mm.at(std::size_t(wanted.index)).mm;
      response = convolve::respond(log::sampled(s, sigma, image.grid().spacing_mm), image, all, stop);
      response.values = simoncelli::multiplied(std::move(response.values), image.whole, axes, response_at);
    } else {
      response.values = simoncelli::multiplied(
          filters::field_of(image, all).values, image.whole, axes, [&](double x, double y, double z) {
            return response_at(x, y, z) * simoncelli::gain(std::sqrt(x * x + y * y + z * z), wanted.index);
          });
    }
    out.push_back(
        filters::volume_of(image, filters::convolve(response, box, {}, FilterBoundary::periodic, image.whole, stop)));
  }
  return out;
}

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (request.settings.riesz_filter == "LoG") return filters::lacks_axis(request.settings, grid.size);
  return simoncelli::unsuited(request, image, grid);
}

std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  return request.settings.riesz_filter == "LoG" ? log::remark(request, image, grid) : std::string();
}

}  // namespace radloom::riesz
