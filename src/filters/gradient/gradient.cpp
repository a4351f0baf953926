#include "filters/gradient/gradient.hpp"

#include "core/simd.hpp"
#include "filters/common/field.hpp"
#include "filters/gradient/formulas.hpp"

namespace radloom::gradient {
namespace {

/// What lies before and after the first of some voxels of a row, along each axis.
template <class S>
struct Neighbours {
  const S *before[3], *after[3];
};

template <class S>
RL_SIMD_CLONES void magnitudes(const Neighbours<S>& at, const double (&weight)[3], std::int64_t n, float* to) {
  const auto [x0, y0, z0] = at.before;
  const auto [x1, y1, z1] = at.after;
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i)
    to[i] =
        magnitude({double(x0[i]), double(y0[i]), double(z0[i])}, {double(x1[i]), double(y1[i]), double(z1[i])}, weight);
}

}  // namespace

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
    return std::vector<Volume>{filters::each_row<float>(
        image, box, request.memory, [&](std::int64_t from, std::int64_t y, std::int64_t z, float* to) {
          const auto some = [&](std::int64_t first, std::int64_t n) {
            const std::int64_t place[3]{box.first[0] + first, y, z};
            Neighbours<S> at;
            for (int d = 0; d < 3; ++d) {
              at.before[d] = voxels.data() + from + first - (place[d] > 0 ? stride[d] : 0);
              at.after[d] = voxels.data() + from + first + (place[d] + 1 < whole[d] ? stride[d] : 0);
            }
            magnitudes(at, weight, n, to + first);
          };
          // Voxels of a row are alike, but for those at the border.
          const std::int64_t n = box.size[0], begin = box.first[0] == 0, end = box.first[0] + n == whole[0] ? n - 1 : n;
          if (begin == 1) some(0, 1);
          if (begin < end) some(begin, end - begin);
          if (begin <= end && end < n) some(end, 1);
        })};
  });
}

}  // namespace radloom::gradient
