#include "families/shape/enclosing.hpp"

#include <libqhull_r/qhull_ra.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>

#include "core/symmetric_eigen.hpp"

namespace radloom::shape {
namespace {

double dot(const Position& a, const Position& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// The width of a set of points along a direction.
double width(const std::vector<Position>& points, const Position& along) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& p : points) {
    const double t = dot(p, along);
    low = std::min(low, t);
    high = std::max(high, t);
  }
  return high - low;
}

/// The sides of the smallest rectangle around points of a plane: one lies on an edge of their convex hull.
std::array<double, 2> smallest_rectangle(std::vector<std::array<double, 2>> p) {
  const auto turn = [](const auto& o, const auto& a, const auto& b) {
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  };
  std::sort(p.begin(), p.end());
  std::vector<std::array<double, 2>> hull;  // lower chain, then upper (Andrew 1979)
  for (int chain = 0; chain < 2; ++chain) {
    const auto start = hull.size();
    for (const auto& q : p) {
      while (hull.size() >= start + 2 && turn(hull[hull.size() - 2], hull.back(), q) <= 0) hull.pop_back();
      hull.push_back(q);
    }
    hull.pop_back();
    std::reverse(p.begin(), p.end());
  }
  std::array<double, 2> best{};
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t e = 0; e < hull.size(); ++e) {
    const auto &a = hull[e], &b = hull[(e + 1) % hull.size()];
    const double length = std::hypot(b[0] - a[0], b[1] - a[1]);
    if (length == 0) continue;
    const double u = (b[0] - a[0]) / length, v = (b[1] - a[1]) / length;
    double low = std::numeric_limits<double>::infinity(), high = -low, across = 0;
    for (const auto& q : hull) {
      const double x = q[0] - a[0], y = q[1] - a[1], t = u * x + v * y;
      low = std::min(low, t);
      high = std::max(high, t);
      across = std::max(across, std::fabs(u * y - v * x));
    }
    if ((high - low) * across < least) {
      least = (high - low) * across;
      best = {high - low, across};
    }
  }
  return best;
}

/// Qhull's state, freed whatever happens.
struct Qhull {
  qhT state{};
  std::FILE* nowhere =
      std::fopen("/dev/null", "w");  ///< it writes its complaints to a file; what is wrong is its exit code
  ~Qhull() {
    int current, total;
    qh_freeqhull(&state, !qh_ALL);
    qh_memfreeshort(&state, &current, &total);
    if (nowhere) std::fclose(nowhere);
  }
};

}  // namespace

Hull convex_hull(const std::vector<Position>& points) {
  std::vector<Position> input = points;
  char command[] = "qhull";
  const auto q = std::make_unique<Qhull>();
  qhT* const qh = &q->state;
  qh_zero(qh, q->nowhere);
  if (qh_new_qhull(qh, 3, int(input.size()), input.data()->data(), False, command, nullptr, q->nowhere) != 0)
    throw Error(ErrorCode::internal, "the vertices of the region's mesh have no convex hull");
  qh_getarea(qh, qh->facet_list);
  Hull hull;
  hull.size = {qh->totvol, qh->totarea};
  vertexT* vertex;
  FORALLvertices hull.corners.push_back({vertex->point[0], vertex->point[1], vertex->point[2]});
  facetT* facet;
  FORALLfacets hull.faces.push_back({{facet->normal[0], facet->normal[1], facet->normal[2]}, facet->f.area});
  return hull;
}

Size aligned_box(const std::vector<Position>& points) {
  const double x = width(points, {1, 0, 0}), y = width(points, {0, 1, 0}), z = width(points, {0, 0, 1});
  return {x * y * z, 2 * (x * y + y * z + z * x)};
}

Size oriented_box(const Hull& hull) {
  // A box on a face holds the prism over the hull's shadow on it.
  const auto n = hull.faces.size();
  std::vector<double> height(n), bound(n);
  for (std::size_t f = 0; f < n; ++f) {
    double shadow = 0;
    for (const auto& other : hull.faces) shadow += std::fabs(dot(hull.faces[f].normal, other.normal)) * other.area / 2;
    height[f] = width(hull.corners, hull.faces[f].normal);
    bound[f] = height[f] * shadow;
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::sort(
      order.begin(), order.end(), [&](auto a, auto b) { return std::pair(bound[a], a) < std::pair(bound[b], b); });
  Size best{std::numeric_limits<double>::infinity(), 0};
  for (const auto f : order) {
    if (bound[f] >= best.volume) break;
    const auto& w = hull.faces[f].normal;
    int least = 0;
    for (int d = 1; d < 3; ++d)
      if (std::fabs(w[d]) < std::fabs(w[least])) least = d;
    Position e{}, u{};
    e[least] = 1;
    for (int d = 0; d < 3; ++d) u[d] = e[d] - w[least] * w[d];
    const double length = std::sqrt(dot(u, u));
    for (auto& c : u) c /= length;
    const Position v{w[1] * u[2] - w[2] * u[1], w[2] * u[0] - w[0] * u[2], w[0] * u[1] - w[1] * u[0]};
    std::vector<std::array<double, 2>> plane;
    for (const auto& p : hull.corners) plane.push_back({dot(p, u), dot(p, v)});
    const auto [a, b] = smallest_rectangle(std::move(plane));
    if (a * b * height[f] < best.volume) best = {a * b * height[f], 2 * (a * b + (a + b) * height[f])};
  }
  return best;
}

std::array<double, 3> enclosing_ellipsoid(const std::vector<Position>& given) {
  // Centred and scaled, so that the matrices below are well conditioned.
  const auto n = given.size();
  Position centre{}, scale{};
  for (int d = 0; d < 3; ++d) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const auto& p : given) {
      low = std::min(low, p[d]);
      high = std::max(high, p[d]);
    }
    centre[d] = (low + high) / 2;
    scale[d] = (high - low) / 2;
  }
  std::vector<std::array<double, 4>> q(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (int d = 0; d < 3; ++d) q[i][d] = (given[i][d] - centre[d]) / scale[d];
    q[i][3] = 1;
  }
  using Matrix = std::array<std::array<double, 4>, 4>;
  std::vector<double> weight(n, 1 / double(n)), form(n);
  // The inverse of sum of weight q q', by Gauss and Jordan; it is positive definite, so that no pivot is zero.
  const auto inverse_of = [&] {
    double m[4][8] = {};
    for (std::size_t i = 0; i < n; ++i)
      if (weight[i] > 0)
        for (int r = 0; r < 4; ++r)
          for (int c = 0; c < 4; ++c) m[r][c] += weight[i] * q[i][r] * q[i][c];
    for (int r = 0; r < 4; ++r) m[r][4 + r] = 1;
    for (int k = 0; k < 4; ++k) {
      const double pivot = m[k][k];
      for (double& v : m[k]) v /= pivot;
      for (int r = 0; r < 4; ++r) {
        if (r == k) continue;
        const double factor = m[r][k];
        for (int c = 0; c < 8; ++c) m[r][c] -= factor * m[k][c];
      }
    }
    Matrix inverse;
    for (int r = 0; r < 4; ++r)
      for (int c = 0; c < 4; ++c) inverse[r][c] = m[r][4 + c];
    return inverse;
  };
  double furthest = 0;
  constexpr int most_steps = 100000;
  for (int step = 0; step < most_steps; ++step) {
    const Matrix inverse = inverse_of();
    std::size_t far = 0, near = n;
    for (std::size_t i = 0; i < n; ++i) {
      form[i] = 0;
      for (int r = 0; r < 4; ++r)
        for (int c = 0; c < 4; ++c) form[i] += q[i][r] * inverse[r][c] * q[i][c];
      if (form[i] > form[far]) far = i;
      if (weight[i] > 0 && (near == n || form[i] < form[near])) near = i;
    }
    furthest = form[far];
    const double over = form[far] / 4 - 1, under = 1 - form[near] / 4;
    if (over <= 2e-8) break;
    // Towards the point that sticks out most, or away from the one of weight that lies deepest inside.
    const bool towards = over >= under;
    const std::size_t which = towards ? far : near;
    const double k = form[which];
    double length = (k - 4) / (4 * (k - 1));
    if (!towards) length = std::max(length, -weight[which] / (1 - weight[which]));
    for (double& w : weight) w *= 1 - length;
    weight[which] = std::max(0.0, weight[which] + length);
  }
  // The ellipsoid of these weights, blown up so far that it holds every point: (x - c)' S^-1 (x - c) <= furthest - 1, S being the covariance.
  double mean[3] = {}, covariance[3][3] = {}, axis[3];
  for (std::size_t i = 0; i < n; ++i)
    for (int d = 0; d < 3; ++d) mean[d] += weight[i] * q[i][d];
  for (std::size_t i = 0; i < n; ++i)
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 3; ++c)
        covariance[r][c] += weight[i] * (q[i][r] - mean[r]) * (q[i][c] - mean[c]) * scale[r] * scale[c];
  symmetric_eigenvalues<3>(covariance, axis);
  std::array<double, 3> out;
  for (int d = 0; d < 3; ++d) out[d] = std::sqrt(axis[d] * (furthest - 1));
  return out;
}

Size ellipsoid(double a, double b, double c) {
  constexpr double pi = std::numbers::pi;
  // Terms are (alpha beta)^k P_k((alpha^2 + beta^2) / (2 alpha beta)) / (1 - 4 k^2) with alpha^2 = 1 - b^2 / a^2, beta^2 = 1 - c^2 / a^2; the
  // powers go into the recurrence of the polynomials, which then divides by nothing.
  const double alpha2 = 1 - b * b / (a * a), beta2 = 1 - c * c / (a * a), middle = (alpha2 + beta2) / 2;
  double before = 0, term = 1, sum = 0;
  for (int k = 0; k <= 20; ++k) {
    sum += term / (1 - 4.0 * k * k);
    const double next = ((2 * k + 1) * middle * term - k * alpha2 * beta2 * before) / (k + 1);
    before = term;
    term = next;
  }
  return {4 * pi / 3 * a * b * c, 4 * pi * a * b * sum};
}

}  // namespace radloom::shape
