#pragma once
#include <cmath>
#include <cstdint>

#include "kernels/shape/body_region.hpp"
#include "kernels/shape/find_candidates.hpp"

namespace radloom::shape {

/// A vertex in mm from the first coordinate of its region. In the cpu's order of operations, so that distances are equal to the bit.
struct Point {
  double x = 0, y = 0, z = 0;
};

template <class Lines>
RL_HD Point point_of(const BodyRegion& r, const Lines& x_lines, VertexKey key) {
  const std::int64_t line = key / 2, y = line % r.halves(1), z = line / r.halves(1);
  const LineEnds e = line_ends(x_lines, line, r.halves(0));
  return {double(key % 2 ? e.last : e.first) * (r.spacing_mm[0] / 2), double(y) * (r.spacing_mm[1] / 2),
      double(z) * (r.spacing_mm[2] / 2)};
}

RL_HD inline double squared_distance(const Point& a, const Point& b) {
  const double dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
  return dx * dx + dy * dy + dz * dz;
}

/// The candidates of a region that are left, ordered by shells about a centre, the outermost first.
struct Cloud {
  Point centre;
  double thickness =
      0;  ///< of a shell, mm; no point is farther from the centre than the first of its shell or one before, plus this
  std::int64_t points = 0;
};

/// What is left for rounding where a bound on a distance is compared with one: far more than the operations can lose, far less than
/// a voxel.
inline constexpr double hair = 1e-9;

}  // namespace radloom::shape
