#include "core/hull.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/simd.hpp"

namespace radloom {
namespace {

/// Positive when a, b, c turn left.
std::int64_t turn(const HullPoint& a, const HullPoint& b, const HullPoint& c) {
  return (b.t - a.t) * (c.u - a.u) - (b.u - a.u) * (c.t - a.t);
}

RL_SIMD_CLONES double largest_squared_distance(
    const double* x, const double* y, const double* z, std::int64_t n, double px, double py, double pz) {
  double best[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; ++k) {
      const double dx = x[i + k] - px, dy = y[i + k] - py, dz = z[i + k] - pz;
      const double d = dx * dx + dy * dy + dz * dz;
      best[k] = d > best[k] ? d : best[k];
    }
  for (; i < n; ++i) {
    const double dx = x[i] - px, dy = y[i] - py, dz = z[i] - pz;
    best[0] = std::max(best[0], dx * dx + dy * dy + dz * dz);
  }
  return *std::max_element(best, best + 8);
}

}  // namespace

void convex_hull(const std::vector<Strip>& strips, std::vector<HullPoint>& hull) {
  hull.clear();
  if (strips.empty()) return;
  if (strips.size() == 1) {  // a line across: its two ends
    hull.push_back({strips[0].t, strips[0].low});
    if (strips[0].low != strips[0].high) hull.push_back({strips[0].t, strips[0].high});
    return;
  }
  const auto extend = [&](std::size_t floor, const HullPoint& p) {
    while (hull.size() >= floor + 2 && turn(hull[hull.size() - 2], hull.back(), p) <= 0) hull.pop_back();
    if (hull.empty() || hull.back().t != p.t || hull.back().u != p.u) hull.push_back(p);
  };
  for (const auto& s : strips) extend(0, {s.t, s.low});
  const std::size_t floor = hull.size() - 1;  // the upper chain starts from the last corner of the lower one
  for (auto s = strips.rbegin(); s != strips.rend(); ++s) extend(floor, {s->t, s->high});
  extend(floor, {strips.front().t, strips.front().low});
  hull.pop_back();  // the first corner again
}

double squared_diameter(const std::vector<HullPoint>& points, double along, double across, double best) {
  const auto squared = [&](const HullPoint& a, const HullPoint& b) {
    const double dt = double(a.t - b.t) * along, du = double(a.u - b.u) * across;
    return dt * dt + du * du;
  };
  const auto farthest = [&](const HullPoint& from) {
    HullPoint end = from;
    double most = 0;
    for (const auto& p : points)
      if (const double d = squared(p, from); d > most) {
        most = d;
        end = p;
      }
    return end;
  };
  const auto compare = [&](const std::vector<HullPoint>& some) {
    for (std::size_t i = 0; i < some.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) best = std::max(best, squared(some[i], some[j]));
    return best;
  };
  if (points.size() <= 12) return compare(points);  // not worth a look at each
  // Both ends of a line that is as long as a first one are so far from its middle, when no point is farther from it than the farthest.
  const HullPoint a = farthest(points[0]), b = farthest(a), middle{(a.t + b.t) / 2, (a.u + b.u) / 2};
  best = std::max(best, squared(a, b));
  const double needed =
      std::pow(std::max(std::sqrt(best) * (1 - 1e-12) - std::sqrt(squared(farthest(middle), middle)), 0.0), 2);
  std::vector<HullPoint> far;
  std::copy_if(points.begin(), points.end(), std::back_inserter(far),
      [&](const auto& p) { return squared(p, middle) >= needed; });
  return compare(far);
}

double PointCloud::squared_diameter() const {
  const auto n = std::int64_t(x_.size());
  if (n < 2) return 0;
  const auto middle = [](const std::vector<double>& v) {
    const auto [low, high] = std::minmax_element(v.begin(), v.end());
    return *low + (*high - *low) / 2;
  };
  const double cx = middle(x_), cy = middle(y_), cz = middle(z_);
  std::vector<double> radius(n);
  for (std::int64_t i = 0; i < n; ++i)
    radius[i] = std::sqrt((x_[i] - cx) * (x_[i] - cx) + (y_[i] - cy) * (y_[i] - cy) + (z_[i] - cz) * (z_[i] - cz));
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return radius[a] > radius[b]; });
  std::vector<double> x(n), y(n), z(n), r(n);
  for (std::int64_t i = 0; i < n; ++i) {
    x[i] = x_[order[i]];
    y[i] = y_[order[i]];
    z[i] = z_[order[i]];
    r[i] = radius[order[i]];
  }
  double best = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    // Partners before i whose radius can still make a longer distance; a hair is left for rounding.
    const double needed = std::sqrt(best) * (1 - 1e-12) - r[i];
    const auto partners =
        std::partition_point(r.begin(), r.begin() + i, [&](double v) { return v > needed; }) - r.begin();
    if (partners == 0) break;
    best = std::max(best, largest_squared_distance(x.data(), y.data(), z.data(), partners, x[i], y[i], z[i]));
  }
  return best;
}

}  // namespace radloom
