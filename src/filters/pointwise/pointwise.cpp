#include "filters/pointwise/pointwise.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <cmath>
#include <limits>

#include "filters/common/field.hpp"
#include "filters/pointwise/formulas.hpp"

namespace radloom::pointwise {
namespace {

/// The largest absolute value; not a number where there is one that is none.
template <class S>
double largest(std::span<const S> voxels) {
  return tbb::parallel_reduce(
      tbb::blocked_range<std::size_t>(0, voxels.size(), 1 << 16), 0.0,
      [&](const auto& range, double most) {
        for (std::size_t i = range.begin(); i < range.end(); ++i) {
          const double v = std::abs(double(voxels[i]));
          if (v > most || std::isnan(v)) most = v;
          if (std::isnan(most)) break;
        }
        return most;
      },
      [](double a, double b) { return std::isnan(a) || a > b ? a : b; });
}

/// f(x) for every voxel of the box; `prepare`(largest absolute value) gives f.
template <class Prepare>
std::vector<Volume> map(const filters::Block& image, const Box& box, const Prepare& prepare) {
  check_whole(image.voxels.geometry().size, image.whole);
  return image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    const auto f = prepare(largest(voxels));
    return std::vector<Volume>{filters::each_voxel<double>(
        image, box, [&](std::int64_t at, std::int64_t, std::int64_t, std::int64_t) { return f(double(voxels[at])); })};
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
    const filters::Request&, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(image, box, [](double most) { return Square(most); });
}

std::vector<Volume> square_root(
    const filters::Request&, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(image, box, [](double most) { return SquareRoot(most); });
}

std::vector<Volume> logarithm(
    const filters::Request&, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(image, box, [](double most) {
    return [scale = most / std::log(most + 1)](double x) {
      return (x > 0 ? std::log(x + 1) : x < 0 ? -std::log(-(x - 1)) : x) * scale;
    };
  });
}

std::vector<Volume> exponential(
    const filters::Request&, const filters::Block& image, const Box& box, const std::stop_token&) {
  return map(image, box,
      [](double most) { return [scale = std::log(most) / most](double x) { return std::exp(scale * x); }; });
}

}  // namespace radloom::pointwise
