#include "filters/gradient/gradient.hpp"

#include "filters/common/field.hpp"
#include "filters/gradient/formulas.hpp"

namespace radloom::gradient {

Box needed_by(const filters::Request&, const Box& box, const filters::Grid& whole) {
  return filters::widened(box, {1, 1, 1}, whole.size);
}

std::array<double, 3> weights(const Settings& settings, const std::array<double, 3>& spacing_mm) {
  std::array<double, 3> out;
  for (int d = 0; d < 3; ++d) out[d] = 0.5 * (settings.gradient_use_spacing ? 1.0 / spacing_mm[d] : 1.0);
  return out;
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token&) {
  const Geometry& grid = image.voxels.geometry();
  const std::int64_t stride[3]{1, grid.size[0], grid.size[0] * grid.size[1]};
  const std::int64_t whole[3]{image.whole[0], image.whole[1], image.whole[2]};
  const auto [wx, wy, wz] = weights(request.settings, grid.spacing_mm);
  const double weight[3]{wx, wy, wz};
  return image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    return std::vector<Volume>{
        filters::each_voxel<float>(image, box, [&](std::int64_t at, std::int64_t x, std::int64_t y, std::int64_t z) {
          return magnitude(voxels, at, {x, y, z}, whole, stride, weight);
        })};
  });
}

}  // namespace radloom::gradient
