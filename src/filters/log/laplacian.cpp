#include "filters/log/laplacian.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "core/large_memory.hpp"
#include "filters/common/field.hpp"
#include "filters/log/formulas.hpp"
#include "filters/log/lines.hpp"
#include "filters/log/plan.hpp"

namespace radloom::log {
namespace {

using Index = std::array<std::int64_t, 3>;

/// Filters along one axis, with each of the filters. Of every line `kept` responses from `first` on are given to
/// `put`(filter, place, value): the volume it writes is that short along the axis.
template <class S, class Put>
void pass(const S* in, const Index& size, int axis, std::int64_t first, std::int64_t kept,
    const std::vector<RecursiveFilter>& filters, const std::stop_token& stop, const Put& put) {
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
      load_lines(in + o * in_stride[other] + s * in_stride[side], n, in_stride[axis], in_stride[side], here, x.data());
      const std::int64_t to = o * out_stride[other] + s * out_stride[side];
      for (std::size_t f = 0; f < filters.size(); ++f) {
        filter_lines(filters[f], x.data(), n, work.data(), first, kept, y.data());
        if (axis == 0)
          for (std::int64_t l = 0; l < here; ++l)
            for (std::int64_t i = 0; i < kept; ++i) put(f, to + i + l * out_stride[side], y[i * lines + l]);
        else
          for (std::int64_t i = 0; i < kept; ++i)
            for (std::int64_t l = 0; l < here; ++l) put(f, to + i * out_stride[axis] + l, y[i * lines + l]);
      }
    }
  });
}

using Samples = std::shared_ptr<float[]>;

/// A few widths at a time.
void laplacians(const filters::Block& image, const Box& box, std::span<const double> sigma_mm,
    const std::stop_token& stop, const std::shared_ptr<KeptMemory>& memory, std::vector<Volume>& results) {
  const Geometry& grid = image.voxels.geometry();
  std::vector<Samples> sums;
  for (std::size_t k = 0; k < sigma_mm.size(); ++k)
    sums.push_back(large_memory<float>(std::size_t(box.voxels()), memory));
  for (int d = 0; d < 3; ++d) {
    const Term term = term_along(d, grid.size, grid.spacing_mm, box);
    const auto room = [&](int passes) { return large_memory<float>(std::size_t(term.voxels(passes)), memory); };
    const auto run = [&](int step, const auto* from, const std::vector<RecursiveFilter>& filters, const auto& put) {
      const int a = term.axes[step];
      pass(from, term.size[step], a, box.first[a], box.size[a], filters, stop, put);
    };
    const auto filter = [&](int step, double sigma) {
      return filter_at(step, sigma, grid.spacing_mm[term.axes[step]]);
    };
    std::vector<RecursiveFilter> derivatives;
    std::vector<Samples> first;
    std::vector<float*> to;
    for (const double sigma : sigma_mm) {
      derivatives.push_back(filter(0, sigma));
      first.push_back(room(1));
      to.push_back(first.back().get());
    }
    image.voxels.visit([&]<class S>(std::span<const S> voxels) {
      run(0, voxels.data(), derivatives, [to = to.data()](std::size_t f, std::int64_t at, float v) { to[f][at] = v; });
    });
    for (std::size_t k = 0; k < sigma_mm.size(); ++k) {
      const auto second = room(2);
      run(1, first[k].get(), {filter(1, sigma_mm[k])},
          [at_second = second.get()](std::size_t, std::int64_t at, float v) { at_second[at] = v; });
      first[k].reset();
      float* const sum = sums[k].get();
      const double scale = term.scale;
      if (d == 0)
        run(2, second.get(), {filter(2, sigma_mm[k])},
            [=](std::size_t, std::int64_t at, float v) { sum[at] = with_term(0, v, scale); });
      else
        run(2, second.get(), {filter(2, sigma_mm[k])},
            [=](std::size_t, std::int64_t at, float v) { sum[at] = with_term(sum[at], v, scale); });
    }
  }
  for (const auto& sum : sums) results.push_back(filters::volume_over(crop(grid, box), sum));
}

}  // namespace

std::vector<Volume> laplacian(const filters::Block& image, const Box& box, std::span<const double> sigma_mm,
    const std::stop_token& stop, const std::shared_ptr<KeptMemory>& memory) {
  check_whole(image.voxels.geometry().size, image.whole);
  constexpr std::size_t together = 4;  // each has a volume on its way
  std::vector<Volume> out;
  for (std::size_t k = 0; k < sigma_mm.size(); k += together)
    laplacians(image, box, sigma_mm.subspan(k, std::min(together, sigma_mm.size() - k)), stop, memory, out);
  return out;
}

}  // namespace radloom::log
