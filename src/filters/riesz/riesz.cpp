#include "filters/riesz/riesz.hpp"

#include <cmath>

#include "filters/common/convolve.hpp"
#include "filters/log/image_type.hpp"
#include "filters/log/kernel.hpp"
#include "filters/simoncelli/simoncelli.hpp"

namespace radloom::riesz {
namespace {

using filters::Complex;

class Transform {
 public:
  explicit Transform(const std::vector<int>& order) : order_(order) {
    int sum = 0;
    double ratio = 1;
    for (const int l : order) {
      sum += l;
      ratio /= std::tgamma(l + 1);
    }
    constexpr Complex turns[] = {{1, 0}, {0, -1}, {-1, 0}, {0, 1}};  // powers of -i
    factor_ = turns[sum % 4] * std::sqrt(std::tgamma(sum + 1) * ratio);
  }
  Complex operator()(double x, double y, double z) const {
    const double nu = std::sqrt(x * x + y * y + z * z);
    if (nu == 0) return 0;
    double product = 1;
    const double part[3] = {x / nu, y / nu, z / nu};
    for (std::size_t d = 0; d < 3; ++d)
      for (int l = 0; l < order_[d]; ++l) product *= part[d];
    return factor_ * product;
  }

 private:
  const std::vector<int>& order_;
  Complex factor_;
};

}  // namespace

Box needed_by(const filters::Request&, const Box&, const filters::Grid& whole) { return {{}, whole.size}; }

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Settings& s = request.settings;
  if (s.riesz_order.size() != 3) throw Error(ErrorCode::usage, "riesz_order has three orders");
  const auto axes = filters::axes_of(s);
  const Box all{{}, image.whole};
  const Transform transform(s.riesz_order);
  std::vector<Volume> out;
  for (const auto& wanted : request.images) {
    filters::Field response{all, {}};
    if (s.riesz_filter == "LoG") {
      const auto sigma = s.log_sigma_mm.at(std::size_t(wanted.index)).mm;
      response = convolve::respond(log::sampled(s, sigma, image.grid().spacing_mm), image, all, stop);
      response.values = simoncelli::multiplied(std::move(response.values), image.whole, axes, transform);
    } else {
      response.values = simoncelli::multiplied(
          filters::field_of(image, all).values, image.whole, axes, [&](double x, double y, double z) {
            return transform(x, y, z) * simoncelli::gain(std::sqrt(x * x + y * y + z * z), wanted.index);
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
