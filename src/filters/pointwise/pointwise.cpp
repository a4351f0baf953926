#include "filters/pointwise/pointwise.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/simd.hpp"
#include "filters/common/field.hpp"
#include "filters/pointwise/formulas.hpp"

namespace radloom::pointwise {
namespace {

double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }

/// The largest absolute value; not a number where there is one that is none.
template <class S>
RL_SIMD_CLONES double largest(const S* voxels, std::size_t n) {
  if constexpr (std::is_floating_point_v<S>) {
    // The bits of what is not negative are in the order of the numbers, and beyond them those of what is none.
    using Bits = std::conditional_t<sizeof(S) == 4, std::int32_t, std::int64_t>;
    Bits most = 0;
    for (std::size_t i = 0; i < n; ++i)
      most = std::max(most, Bits(std::bit_cast<Bits>(voxels[i]) & std::numeric_limits<Bits>::max()));
    return double(std::bit_cast<S>(most));
  } else {
    S low = 0, high = 0;
    for (std::size_t i = 0; i < n; ++i) {
      low = std::min(low, voxels[i]);
      high = std::max(high, voxels[i]);
    }
    return std::max(double(high), -double(low));
  }
}

template <class S, class F>
RL_SIMD_CLONES void map_row(const S* from, std::int64_t n, const F& given, double* to) {
  const F f = given;
  RL_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) to[i] = f(double(from[i]));
}

/// f(x) for every voxel of the box; `prepare`(largest absolute value) gives f.
template <class Prepare>
std::vector<Volume> map(
    const filters::Request& request, const filters::Block& image, const Box& box, const Prepare& prepare) {
  check_whole(image.voxels.geometry().size, image.whole);
  return image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    const double most = tbb::parallel_reduce(
        tbb::blocked_range<std::size_t>(0, voxels.size(), 1 << 16), 0.0,
        [&](const auto& range, double before) {
          return larger(before, largest(voxels.data() + range.begin(), range.size()));
        },
        larger);
    const auto f = prepare(most);
    return std::vector<Volume>{filters::each_row<double>(
        image, box, request.memory, [&](std::int64_t from, std::int64_t, std::int64_t, double* to) {
          map_row(voxels.data() + from, box.size[0], f, to);
        })};
  });
}

}  // namespace

void check_whole(const std::array<std::int64_t, 3>& block, const std::array<std::int64_t, 3>& whole) {
  if (whole != block)
    throw Error(
        ErrorCode::usage, "this filter is scaled by the largest value of the whole image, so it needs all of it");
}

Box needed_by(const filters::Request&, const Box&, const filters::Grid& whole) { return {{}, whole.size}; }

std::vector<Volume> square(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(request, image, box, [](double most) { return Square(most); });
}

std::vector<Volume> square_root(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(request, image, box, [](double most) { return SquareRoot(most); });
}

std::vector<Volume> logarithm(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(request, image, box, [](double most) {
    return [scale = most / std::log(most + 1)](double x) {
      return (x > 0 ? std::log(x + 1) : x < 0 ? -std::log(-(x - 1)) : x) * scale;
    };
  });
}

std::vector<Volume> exponential(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(request, image, box,
      [](double most) { return [scale = std::log(most) / most](double x) { return std::exp(scale * x); }; });
}

}  // namespace radloom::pointwise
