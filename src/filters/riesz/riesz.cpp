#include "filters/riesz/riesz.hpp"

#include "filters/common/convolve.hpp"
#include "filters/fourier/multiply.hpp"
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
  const Transform transform = transform_of(s);
  filters::Multiplier turn{[transform](double x, double y, double z) {
    return (transform.re + transform.im) * transform.direction(x, y, z);
  }};
  for (int d = 0; d < 3; ++d) turn.odd[d] = transform.order[d] % 2 == 1;
  if (s.riesz_filter == "LoG") {
    const Box all{{}, image.whole};
    std::vector<Volume> out;
    for (const auto& wanted : request.images) {
      const auto sigma = s.log_sigma_mm.at(std::size_t(wanted.index)).mm;
      const auto whole = filters::whole_block(
          convolve::respond(log::sampled(s, sigma, image.grid().spacing_mm), image, all, stop, request.memory));
      out.push_back(filters::multiplied(whole, axes, {&turn, 1}, box, request.memory, stop)[0]);
    }
    return out;
  }
  std::vector<filters::Multiplier> multipliers;
  for (const auto& wanted : request.images) {
    multipliers.push_back(turn);
    multipliers.back().of_square = [m = simoncelli::highest(wanted.index)](
                                       std::span<double> squares) { simoncelli::gains(squares, m); };
  }
  return filters::multiplied(image, axes, multipliers, box, request.memory, stop);
}

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  if (request.settings.riesz_filter == "LoG") return filters::lacks_axis(request.settings, grid.size);
  return simoncelli::unsuited(request, image, grid);
}

std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid) {
  return request.settings.riesz_filter == "LoG" ? log::remark(request, image, grid) : std::string();
}

}  // namespace radloom::riesz
