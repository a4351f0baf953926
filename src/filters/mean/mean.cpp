#include "filters/mean/mean.hpp"

#include "filters/common/convolve.hpp"

namespace radloom::mean {
namespace {

filters::Kernels kernels(const Settings& s) {
  filters::Kernels out;
  const auto axes = filters::axes_of(s);
  for (int d = 0; d < 3; ++d)
    if (axes[d]) out[d] = filters::centred(std::vector<double>(std::size_t(s.mean_support), 1.0 / s.mean_support));
  return out;
}

}  // namespace

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  return filters::reach(box, kernels(request.settings), request.settings.filter_boundary, whole.size);
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop) {
  const Settings& s = request.settings;
  const auto field = filters::field_of(image, needed_by(request, box, image.grid()));
  return {filters::volume_of(image, filters::convolve(field, box, kernels(s), s.filter_boundary, image.whole, stop))};
}

std::string unsuited(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  return filters::lacks_axis(request.settings, grid.size);
}

std::string remark(const filters::Request& request, const DerivedImage&, const filters::Grid& grid) {
  std::array<std::int64_t, 3> taps{};
  const auto axes = filters::axes_of(request.settings);
  for (int d = 0; d < 3; ++d) taps[d] = axes[d] ? request.settings.mean_support : 0;
  return filters::longer_than(grid.size, taps);
}

}  // namespace radloom::mean
