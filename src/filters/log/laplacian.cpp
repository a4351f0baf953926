#include "filters/log/laplacian.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "core/large_memory.hpp"
#include "filters/log/lines.hpp"

namespace radloom::log {
namespace {

using Index = std::array<std::int64_t, 3>;

/// Filters along one axis. Of every line `kept` responses from `first` on are given to `put`(place, value): the volume it writes is
/// that short along the axis.
template <class S, class Put>
void pass(const S* in, const Index& size, int axis, std::int64_t first, std::int64_t kept, const RecursiveFilter& f,
    const std::stop_token& stop, const Put& put) {
  Index out = size;
  out[axis] = kept;
  const Index in_stride{1, size[0], size[0] * size[1]}, out_stride{1, out[0], out[0] * out[1]};
  // Lines side by side: along x where they run along y or z, so that a row of them is read at once; along y where they run along x.
  const int side = axis == 0 ? 1 : 0, other = 3 - axis - side;
  const std::int64_t n = size[axis];
  tbb::parallel_for(std::int64_t(0), size[other], [&](std::int64_t o) {
    if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    thread_local std::vector<double> x, work;
    thread_local std::vector<float> y;
    x.resize(std::size_t(n * lines));
    work.resize(std::size_t(n * lines));
    y.resize(std::size_t(kept * lines));
    for (std::int64_t s = 0; s < size[side]; s += lines) {
      const std::int64_t here = std::min<std::int64_t>(lines, size[side] - s);
      const S* const from = in + o * in_stride[other] + s * in_stride[side];
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t l = 0; l < lines; ++l)
          x[i * lines + l] = double(from[i * in_stride[axis] + std::min(l, here - 1) * in_stride[side]]);
      filter_lines(f, x.data(), n, work.data(), first, kept, y.data());
      const std::int64_t to = o * out_stride[other] + s * out_stride[side];
      if (axis == 0)
        for (std::int64_t l = 0; l < here; ++l)
          for (std::int64_t i = 0; i < kept; ++i) put(to + i + l * out_stride[side], y[i * lines + l]);
      else
        for (std::int64_t i = 0; i < kept; ++i)
          for (std::int64_t l = 0; l < here; ++l) put(to + i * out_stride[axis] + l, y[i * lines + l]);
    }
  });
}

}  // namespace

Volume laplacian(const filters::Block& image, const Box& box, double sigma_mm, const std::stop_token& stop) {
  const Geometry& grid = image.voxels.geometry();
  if (image.whole != grid.size) throw Error(ErrorCode::usage, "a recursive filter needs the whole image");
  for (const auto n : grid.size)
    if (n < 4) throw Error(ErrorCode::usage, "a recursive filter needs four voxels along each axis");
  const auto sum = large_memory<float>(std::size_t(box.voxels()));
  for (int d = 0; d < 3; ++d) {
    const int axes[3] = {d, d == 0 ? 1 : 0, d == 2 ? 1 : 2};
    const auto along = [&](int step) {
      const int a = axes[step];
      return step == 0 ? second_derivative(sigma_mm, grid.spacing_mm[a]) : gaussian(sigma_mm, grid.spacing_mm[a]);
    };
    Index size = grid.size;
    const auto run = [&](int step, const auto* from, const auto& put) {
      const int a = axes[step];
      pass(from, size, a, box.first[a], box.size[a], along(step), stop, put);
      size[a] = box.size[a];
    };
    const auto room = [&](int step) {
      std::int64_t n = box.size[axes[step]];
      for (int k = 0; k < 3; ++k)
        if (k != axes[step]) n *= size[k];
      return large_memory<float>(std::size_t(n));
    };
    const auto first = room(0);
    image.voxels.visit([&]<class S>(std::span<const S> voxels) {
      run(0, voxels.data(), [to = first.get()](std::int64_t at, float v) { to[at] = v; });
    });
    const auto second = room(1);
    run(1, first.get(), [to = second.get()](std::int64_t at, float v) { to[at] = v; });
    const double scale = 1.0 / (grid.spacing_mm[d] * grid.spacing_mm[d]);
    if (d == 0)
      run(2, second.get(), [=, to = sum.get()](std::int64_t at, float v) { to[at] = float(0.0F + v * scale); });
    else run(2, second.get(), [=, to = sum.get()](std::int64_t at, float v) { to[at] = float(to[at] + v * scale); });
  }
  return {crop(grid, box), ScalarType::float32, std::shared_ptr<const void>(sum, sum.get())};
}

}  // namespace radloom::log
