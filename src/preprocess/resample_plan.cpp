#include "preprocess/resample_plan.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "preprocess/resample.hpp"

namespace radloom {
namespace {

double sinc(double x) { return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

/// Windows of radius m (Meijering et al. 1999, as ITK has them).
double window(Interpolator i, double x) {
  constexpr double m = 5, pi = std::numbers::pi;
  switch (i) {
    case Interpolator::hamming_sinc: return 0.54 + 0.46 * std::cos(x * (pi / m));
    case Interpolator::cosine_sinc: return std::cos(x * (pi / (2 * m)));
    case Interpolator::welch_sinc: return 1 - x * (1 / (m * m)) * x;
    case Interpolator::lanczos_sinc: return sinc(x / m);
    default: return 0.42 + 0.5 * std::cos(x * (pi / m)) + 0.08 * std::cos(x * (2 * pi / m));
  }
}

/// Appends the tap of continuous index `c` of an axis of `size` voxels.
void add_tap(Interpolator interpolator, double c, std::int64_t size, AxisTaps& axis) {
  Tap& t = axis.at.emplace_back();
  t.inside = c >= -0.5 && c < double(size) - 0.5;
  if (!t.inside) return;
  t.first_weight = std::int64_t(axis.weights.size());
  auto& weight = axis.weights;
  switch (interpolator) {
    case Interpolator::nearest: t.first = std::int64_t(std::floor(c + 0.5)); break;
    case Interpolator::linear:
      t.first = std::max<std::int64_t>(0, std::int64_t(std::floor(c)));
      t.fraction = c - double(t.first);
      break;
    case Interpolator::bspline: {
      t.first = std::int64_t(std::floor(float(c))) - 1;  // in single precision, as ITK
      const double w = c - double(t.first + 1);
      const double w3 = (1.0 / 6.0) * w * w * w, w0 = (1.0 / 6.0) + 0.5 * w * (w - 1.0) - w3, w2 = w + w0 - 2.0 * w3;
      weight.insert(weight.end(), {w0, 1.0 - w0 - w2 - w3, w2, w3});
      break;
    }
    case Interpolator::gaussian:
    case Interpolator::label_gaussian: {
      const bool label = interpolator == Interpolator::label_gaussian;
      const double sigma = label ? 1 : 0.8, cut = label ? 1 : 4 * sigma;  // voxels
      t.first = std::max<std::int64_t>(0, std::int64_t(std::floor(c + 0.5 - cut)));
      const auto end = std::min<std::int64_t>(size, std::int64_t(std::ceil(c + 0.5 + cut)));
      const auto edge = [&](std::int64_t i) { return std::erf((double(i) - 0.5 - c) / (std::numbers::sqrt2 * sigma)); };
      for (auto i = t.first; i < end; ++i) weight.push_back(edge(i + 1) - edge(i));
      break;
    }
    default: {
      constexpr int radius = 5;
      const auto base = std::int64_t(std::floor(c));
      const double distance = c - double(base);
      t.first = base - radius + 1;
      for (int k = 0; k < 2 * radius; ++k) {
        const double x = distance + radius - 1 - k;
        weight.push_back(distance == 0 ? double(k == radius - 1) : window(interpolator, x) * sinc(x));
      }
    }
  }
  t.weights = std::int32_t(std::int64_t(weight.size()) - t.first_weight);
}

/// The patient axis that an image axis runs along, -1 where it is oblique to all.
int patient_axis(const Geometry& g, int axis) {
  int found = -1;
  for (int r = 0; r < 3; ++r) {
    if (g.direction[r * 3 + axis] == 0) continue;
    for (int d = 0; d < 3; ++d)
      if (d != axis && g.direction[r * 3 + d] != 0) return -1;
    if (found >= 0) return -1;
    found = r;
  }
  return found;
}

/// Continuous indices along one axis, rounded as ITK rounds them where the axes are the patient's. The first axis is walked as
/// ITK walks a scan line: by parts of the way from its start to its end.
std::vector<double> coordinates(const Geometry& image, const Geometry& grid, int axis) {
  const int r = patient_axis(image, axis) == patient_axis(grid, axis) ? patient_axis(image, axis) : -1;
  const auto index = [&](std::int64_t k) {
    if (r >= 0) {
      const double point = grid.origin_mm[r] + grid.direction[r * 3 + axis] * grid.spacing_mm[axis] * double(k);
      return 1 / (image.direction[r * 3 + axis] * image.spacing_mm[axis]) * (point - image.origin_mm[r]);
    }
    std::array<double, 3> at{};
    at[axis] = double(k);
    return image.to_index(grid.to_physical(at))[axis];
  };
  const auto n = grid.size[axis];
  std::vector<double> c(n);
  const double start = index(0), end = index(n);
  for (std::int64_t k = 0; k < n; ++k) c[k] = axis == 0 ? start + double(k) / double(n) * (end - start) : index(k);
  return c;
}

/// On or between two voxels within 1e-6 of one: exactly there, since headers keep spacings in single precision. A kept axis keeps its
/// values, and a centre midway is midway on every machine.
double settled(double c, std::int64_t size) {
  const double half = std::nearbyint(2 * c) / 2;
  return std::clamp(std::fabs(c - half) <= 1e-6 ? half : c, 0.0, double(size - 1));
}

template <class Coordinates>
ResamplePlan plan(Interpolator interpolator, const std::array<std::int64_t, 3>& sizes, const Coordinates& along) {
  ResamplePlan plan;
  plan.interpolator = interpolator;
  plan.any = true;
  for (int d = 0; d < 3; ++d) {
    const auto size = sizes[d];
    for (const double c : along(d)) add_tap(interpolator, c, size, plan.axis[d]);
    std::int64_t low = size, high = -1;
    for (const auto& t : plan.axis[d].at) {
      if (!t.inside) continue;
      const auto width = std::max<std::int64_t>(t.weights, 2);
      for (std::int64_t i = 0; i < width; ++i) {
        const auto s = tap_source(t.first + i, size, interpolator);
        low = std::min(low, s);
        high = std::max(high, s);
      }
    }
    plan.any &= low <= high;
    if (interpolator == Interpolator::bspline) {
      low = std::max<std::int64_t>(0, (low - spline_margin) & ~std::int64_t(1));
      high = size - 1 - std::max<std::int64_t>(0, (size - 1 - high - spline_margin) & ~std::int64_t(1));
    }
    plan.needed.first[d] = low;
    plan.needed.size[d] = high - low + 1;
  }
  return plan;
}

}  // namespace

std::vector<std::int64_t> nearest_indices(const Geometry& from, const Geometry& grid, int axis) {
  std::vector<std::int64_t> out;
  for (const double c : coordinates(from, grid, axis)) {
    AxisTaps taps;
    add_tap(Interpolator::nearest, c, from.size[axis], taps);
    out.push_back(taps.at[0].inside ? taps.at[0].first : -1);
  }
  return out;
}

ResamplePlan plan_resampling(const Geometry& image, const Geometry& grid, Interpolator interpolator) {
  for (int i = 0; i < 9; ++i)
    if (std::fabs(image.direction[i] - grid.direction[i]) > 1e-5)
      throw Error(ErrorCode::usage, "resampling needs a grid whose axes are parallel to the image's");
  return plan(interpolator, image.size, [&](int d) { return coordinates(image, grid, d); });
}

ResamplePlan plan_centred(const std::array<std::int64_t, 3>& size, const std::array<double, 3>& spacing_mm,
    const Geometry& grid, const Box& wanted, Interpolator interpolator) {
  return plan(interpolator, size, [&](int d) {
    std::vector<double> c;
    for (std::int64_t k = 0; k < wanted.size[d]; ++k)
      c.push_back(settled(
          centred_index(wanted.first[d] + k, grid.size[d], size[d], grid.spacing_mm[d] / spacing_mm[d]), size[d]));
    return c;
  });
}

SplineStart spline_start(std::int64_t samples) {
  return {samples, std::int64_t(std::ceil(std::log(1e-10) / std::log(std::fabs(spline_pole)))),
      std::pow(spline_pole, double(samples - 1))};
}

}  // namespace radloom
