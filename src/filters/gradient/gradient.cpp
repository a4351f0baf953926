#include "filters/gradient/gradient.hpp"

#include <algorithm>
#include <cmath>

#include "filters/common/field.hpp"

namespace radloom::gradient {

Box needed_by(const filters::Request&, const Box& box, const filters::Grid& whole) {
  return filters::widened(box, {1, 1, 1}, whole.size);
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token&) {
  const Geometry& grid = image.voxels.geometry();
  const std::array<std::int64_t, 3> stride{1, grid.size[0], grid.size[0] * grid.size[1]};
  std::array<double, 3> weight;
  for (int d = 0; d < 3; ++d)
    weight[d] = 0.5 * (request.settings.gradient_use_spacing ? 1.0 / grid.spacing_mm[d] : 1.0);
  return image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    return std::vector<Volume>{
        filters::each_voxel<float>(image, box, [&](std::int64_t at, std::int64_t x, std::int64_t y, std::int64_t z) {
          const std::array<std::int64_t, 3> place{x, y, z};
          double sum = 0;
          for (int d = 0; d < 3; ++d) {
            const double before = double(voxels[at - (place[d] > 0 ? stride[d] : 0)]);
            const double after = double(voxels[at + (place[d] + 1 < image.whole[d] ? stride[d] : 0)]);
            const double slope = -weight[d] * before + weight[d] * after;
            sum += slope * slope;
          }
          return float(std::sqrt(sum));
        })};
  });
}

}  // namespace radloom::gradient
