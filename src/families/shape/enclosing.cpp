#include "families/shape/enclosing.hpp"

#include <libqhull_r/qhull_ra.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <numbers>

#include "core/simd.hpp"
#include "core/symmetric_eigen.hpp"

namespace radloom::shape {
namespace {

double dot(const Position& a, const Position& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// The width of a set of points along a direction.
double width(const std::vector<Position>& points, const Position& along) {
  constexpr std::size_t chains = 4;  // so that no comparison waits for the one before
  std::array<double, chains> low, high;
  low.fill(std::numeric_limits<double>::infinity());
  high.fill(-std::numeric_limits<double>::infinity());
  const auto take = [&](std::size_t i, std::size_t k) {
    const double t = dot(points[i], along);
    low[k] = std::min(low[k], t);
    high[k] = std::max(high[k], t);
  };
  std::size_t i = 0;
  for (; i + chains <= points.size(); i += chains)
    for (std::size_t k = 0; k < chains; ++k) take(i + k, k);
  for (; i < points.size(); ++i) take(i, 0);
  return *std::max_element(high.begin(), high.end()) - *std::min_element(low.begin(), low.end());
}

using Plane = std::vector<std::array<double, 2>>;

/// The corners of the convex hull of points of a plane, counter-clockwise.
void convex_polygon(Plane& p, Plane& hull) {
  const auto turn = [](const auto& o, const auto& a, const auto& b) {
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  };
  std::sort(p.begin(), p.end());
  hull.clear();  // lower chain, then upper (Andrew 1979)
  for (int chain = 0; chain < 2; ++chain) {
    const auto start = hull.size();
    for (const auto& q : p) {
      while (hull.size() >= start + 2 && turn(hull[hull.size() - 2], hull.back(), q) <= 0) hull.pop_back();
      hull.push_back(q);
    }
    hull.pop_back();
    std::reverse(p.begin(), p.end());
  }
}

/// The sides of the smallest rectangle around a convex polygon: one lies on an edge of it (Freeman and Shapira 1975). As the edge turns, so do the
/// corners that are furthest along it, back along it and across (Toussaint 1983).
std::array<double, 2> smallest_rectangle(const Plane& hull) {
  std::array<double, 2> best{};
  double least = std::numeric_limits<double>::infinity();
  const auto n = hull.size();
  std::size_t ahead = 0, across = 0, behind = 0;
  bool begun = false;
  for (std::size_t e = 0; e < n; ++e) {
    const auto &a = hull[e], &b = hull[(e + 1) % n];
    const double length = std::hypot(b[0] - a[0], b[1] - a[1]);
    if (length == 0) continue;
    const double u = (b[0] - a[0]) / length, v = (b[1] - a[1]) / length;
    // Where corners of the body fall on one point of the plane, rounding makes edges of no length and any direction; the search steps over them.
    const auto climb = [&](std::size_t& at, const auto& height) {
      double best_height = height(hull[at]);
      const std::size_t reach = begun ? 4 : n;
      for (std::size_t k = 1, next = at; k <= std::min(reach, n); ++k) {
        next = next + 1 == n ? 0 : next + 1;
        if (const double h = height(hull[next]); h > best_height) {
          best_height = h;
          at = next;
          k = begun ? 0 : k;
        }
      }
      return best_height;
    };
    const auto along = [&](const auto& q) { return u * (q[0] - a[0]) + v * (q[1] - a[1]); };
    const double high = climb(ahead, along);
    const double wide = climb(across, [&](const auto& q) { return u * (q[1] - a[1]) - v * (q[0] - a[0]); });
    const double low = -climb(behind, [&](const auto& q) { return -along(q); });
    begun = true;
    if ((high - low) * wide < least) {
      least = (high - low) * wide;
      best = {high - low, wide};
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
  std::vector<std::uint32_t> corner_of(qh->vertex_id), face_of(qh->facet_id);
  vertexT* vertex;
  FORALLvertices {
    corner_of[vertex->id] = std::uint32_t(hull.corners.size());
    hull.corners.push_back({vertex->point[0], vertex->point[1], vertex->point[2]});
  }
  facetT* facet;
  FORALLfacets {
    face_of[facet->id] = std::uint32_t(hull.faces.size());
    hull.faces.push_back({{facet->normal[0], facet->normal[1], facet->normal[2]}, facet->f.area});
  }
  FORALLfacets qh_makeridges(qh, facet);
  FORALLfacets {
    ridgeT *ridge, **ridgep;
    FOREACHridge_(facet->ridges) {
      if (ridge->top != facet) continue;  // each is of two faces
      const auto corner = [&](int i) { return corner_of[static_cast<vertexT*>(ridge->vertices->e[i].p)->id]; };
      hull.edges.push_back({{corner(0), corner(1)}, {face_of[ridge->top->id], face_of[ridge->bottom->id]}});
    }
  }
  return hull;
}

Size aligned_box(const std::vector<Position>& points) {
  const double x = width(points, {1, 0, 0}), y = width(points, {0, 1, 0}), z = width(points, {0, 0, 1});
  return {x * y * z, 2 * (x * y + y * z + z * x)};
}

Size oriented_box(const Hull& hull) {
  struct Scratch {
    std::vector<std::int8_t> side;       ///< of each face: above, upright, below
    std::vector<std::uint32_t> corners;  ///< of the shadow's outline
    std::vector<std::uint8_t> taken;     ///< of each corner of the hull
    Plane shadow, polygon;
  };
  std::vector<Size> found(hull.faces.size());
  tbb::enumerable_thread_specific<Scratch> scratch;
  tbb::parallel_for(std::size_t(0), hull.faces.size(), [&](std::size_t f) {
    Scratch& s = scratch.local();
    const auto& w = hull.faces[f].normal;
    // The outline of the shadow on the face is of edges between a face that looks up and one that does not. Upright ones are told with a
    // margin: that takes more corners than there need be, never fewer.
    constexpr double upright = 1e-10;
    s.side.resize(hull.faces.size());
    for (std::size_t i = 0; i < hull.faces.size(); ++i) {
      const double up = dot(hull.faces[i].normal, w);
      s.side[i] = std::int8_t((up > upright) - (up < -upright));
    }
    s.taken.resize(hull.corners.size());
    s.corners.clear();
    for (const auto& e : hull.edges) {
      if (s.side[e.face[0]] * s.side[e.face[1]] > 0) continue;
      for (const auto c : e.corner)
        if (!s.taken[c]) {
          s.taken[c] = 1;
          s.corners.push_back(c);
        }
    }
    int least = 0;
    for (int d = 1; d < 3; ++d)
      if (std::fabs(w[d]) < std::fabs(w[least])) least = d;
    Position e{}, u{};
    e[least] = 1;
    for (int d = 0; d < 3; ++d) u[d] = e[d] - w[least] * w[d];
    const double length = std::sqrt(dot(u, u));
    for (auto& c : u) c /= length;
    const Position v{w[1] * u[2] - w[2] * u[1], w[2] * u[0] - w[0] * u[2], w[0] * u[1] - w[1] * u[0]};
    s.shadow.clear();
    for (const auto c : s.corners) {
      s.taken[c] = 0;
      s.shadow.push_back({dot(hull.corners[c], u), dot(hull.corners[c], v)});
    }
    convex_polygon(s.shadow, s.polygon);
    const auto [a, b] = smallest_rectangle(s.polygon);
    const double height = width(hull.corners, w);
    found[f] = {a * b * height, 2 * (a * b + (a + b) * height)};
  });
  return *std::min_element(
      found.begin(), found.end(), [](const Size& a, const Size& b) { return a.volume < b.volume; });
}

using Matrix = std::array<std::array<double, 4>, 4>;

/// (x, y, z, 1) m (x, y, z, 1)' of n points; m is symmetric.
RL_SIMD_CLONES static void quadratic_form(
    const Matrix& m, std::int64_t n, const double* x, const double* y, const double* z, double* form) {
  const double xx = m[0][0], yy = m[1][1], zz = m[2][2], one = m[3][3];
  const double xy = 2 * m[0][1], xz = 2 * m[0][2], yz = 2 * m[1][2], x1 = 2 * m[0][3], y1 = 2 * m[1][3],
               z1 = 2 * m[2][3];
  RL_INDEPENDENT for (std::int64_t i = 0; i < n; ++i) form[i] = ((xx * x[i] + xy * y[i]) + (xz * z[i] + x1)) * x[i] +
                                                                ((yy * y[i] + yz * z[i]) + y1) * y[i] +
                                                                ((zz * z[i] + z1) * z[i] + one);
}

std::array<double, 3> enclosing_ellipsoid(const std::vector<Position>& given) {
  // Centred and scaled, so that the matrices below are well conditioned.
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
  std::vector<std::array<double, 4>> q(given.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    for (int d = 0; d < 3; ++d) q[i][d] = (given[i][d] - centre[d]) / scale[d];
    q[i][3] = 1;
  }
  std::vector<double> weight(q.size(), 1 / double(q.size())), form(q.size());
  // The inverse of sum of weight q q', by Gauss and Jordan; it is positive definite, so that no pivot is zero.
  const auto inverse_of = [&] {
    double m[4][8] = {};
    for (std::size_t i = 0; i < q.size(); ++i)
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
  std::vector<double> along[3];
  bool fewer = false;
  double furthest = 0;
  constexpr int most_steps = 100000;
  for (int step = 0; step < most_steps; ++step) {
    const Matrix inverse = inverse_of();
    for (int d = 0; d < 3; ++d) {
      along[d].resize(q.size());  // the same points, in the order that is vectorised
      if (step == 0 || fewer)
        for (std::size_t i = 0; i < q.size(); ++i) along[d][i] = q[i][d];
    }
    fewer = false;
    quadratic_form(inverse, std::int64_t(q.size()), along[0].data(), along[1].data(), along[2].data(), form.data());
    const auto far =
        std::size_t(std::max_element(form.begin(), form.begin() + std::ptrdiff_t(q.size())) - form.begin());
    std::size_t near = q.size();
    for (std::size_t i = 0; i < q.size(); ++i)
      if (weight[i] > 0 && (near == q.size() || form[i] < form[near])) near = i;
    furthest = form[far];
    const double over = form[far] / 4 - 1, under = 1 - form[near] / 4;
    if (over <= 2e-8) break;
    // Towards the point that sticks out most, or away from the one of weight that lies deepest inside.
    if (step % 16 == 15) {
      // Points as deep inside as this are on no smallest ellipsoid (Harman and Pronzato 2007).
      const double deep = 4 * (1 + over / 2 - std::sqrt(over * (4 + over - 1)) / 2);
      std::size_t kept = 0;
      double left = 0;
      for (std::size_t i = 0; i < q.size(); ++i) {
        if (form[i] < deep) continue;
        q[kept] = q[i];
        left += weight[kept++] = weight[i];
      }
      if (kept < q.size()) {
        q.resize(kept);
        weight.resize(kept);
        fewer = true;
        for (double& w : weight) w /= left;
        continue;
      }
    }
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
  for (std::size_t i = 0; i < q.size(); ++i)
    for (int d = 0; d < 3; ++d) mean[d] += weight[i] * q[i][d];
  for (std::size_t i = 0; i < q.size(); ++i)
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
