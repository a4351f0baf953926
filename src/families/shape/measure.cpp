#include "families/shape/measure.hpp"

#include <algorithm>
#include <cmath>

#include "core/bit_mask.hpp"
#include "core/hull.hpp"
#include "core/moments.hpp"
#include "families/shape/mesh_table.hpp"

namespace radloom::shape {
namespace {

using Vector = std::array<double, 3>;

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// How often a pattern of eight corners occurs, and where.
struct Pattern {
  std::int64_t count = 0;
  std::array<std::int64_t, 3> position{};  ///< sums of the indices of corner 0, from 1 before the grid on
};

std::array<Pattern, 256> count_patterns(const BitMask& mask) {
  std::array<Pattern, 256> patterns;
  for (std::int64_t z = -1; z < mask.nz(); ++z)
    for (std::int64_t y = -1; y < mask.ny(); ++y) {
      const std::uint64_t* const row[4] = {
          mask.row(y, z), mask.row(y + 1, z), mask.row(y, z + 1), mask.row(y + 1, z + 1)};
      for (std::int64_t w = 0; w + 1 < mask.words(); ++w) {
        std::uint64_t here[4], next[4], any = 0, all = ~std::uint64_t(0);
        for (int r = 0; r < 4; ++r) {
          here[r] = row[r][w];
          next[r] = here[r] >> 1 | row[r][w + 1] << 63;
          any |= here[r] | next[r];
          all &= here[r] & next[r];
        }
        BitMask::for_each_bit(any & ~all, 0, [&](std::int64_t b) {
          const auto bit = [b](std::uint64_t word, int corner) { return unsigned(word >> b & 1) << corner; };
          auto& p = patterns[bit(here[0], 0) | bit(next[0], 1) | bit(next[1], 2) | bit(here[1], 3) | bit(here[2], 4) |
                             bit(next[2], 5) | bit(next[3], 6) | bit(here[3], 7)];
          ++p.count;
          p.position[0] += w * 64 + b;
          p.position[1] += y + 1;
          p.position[2] += z + 1;
        });
      }
    }
  return patterns;
}

int edge_number(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

/// Area and volume of the mesh. The volume of a pattern is that of the cones from the origin: a part of its own, and one linear in its
/// position. Where two patterns meet in an ambiguous face the table leaves a hole, and then the origin matters: it is one voxel
/// before the region's box, where PyRadiomics' padding puts it.
void measure_mesh(const BitMask& mask, const Vector& spacing, Measures& out) {
  const auto patterns = count_patterns(mask);
  for (int p = 0; p < 256; ++p) {
    if (patterns[p].count == 0) continue;
    const bool inverted = p & 0x80;
    double area = 0, own = 0;
    Vector linear{};
    for (const char* t = cube_triangles[inverted ? p ^ 0xff : p]; *t; t += 3) {
      Vector corner[3];
      for (int k = 0; k < 3; ++k) {
        const auto [from, to] = cube_edge[edge_number(t[k])];
        for (int d = 0; d < 3; ++d) corner[k][d] = 0.5 * (cube_corner[from][d] + cube_corner[to][d]) * spacing[d];
      }
      const auto& [a, b, c] = corner;
      const Vector ab = cross(a, b), bc = cross(b, c), ca = cross(c, a);
      const Vector normal{ab[0] + bc[0] + ca[0], ab[1] + bc[1] + ca[1], ab[2] + bc[2] + ca[2]};
      area += 0.5 * std::sqrt(dot(normal, normal));
      own += dot(ab, c);
      for (int d = 0; d < 3; ++d) linear[d] += normal[d];
    }
    const auto& [count, position] = patterns[p];
    double volume = double(count) * own;
    for (int d = 0; d < 3; ++d) volume += linear[d] * spacing[d] * double(position[d]);
    out.area += double(count) * area;
    out.volume += (inverted ? volume : -volume) / 6;  // the table's triangles turn their back to the inside
  }
}

/// Extremes of the mesh's vertices on every line of the doubled grid (odd coordinates lie half-way between voxels).
class Vertices {
 public:
  explicit Vertices(const BitMask& mask)
      : nx_(2 * mask.nx() + 1), ny_(2 * mask.ny() + 1), nz_(2 * mask.nz() + 1), along_x_(ny_ * nz_),
        along_y_(nx_ * nz_) {
    const auto n = mask.words();
    for (std::int64_t z = -1; z < mask.nz(); ++z)
      for (std::int64_t y = -1; y < mask.ny(); ++y) {
        const std::uint64_t *here = mask.row(y, z), *below = mask.row(y + 1, z), *behind = mask.row(y, z + 1);
        for (std::int64_t w = 0; w + 1 < n; ++w) {
          BitMask::for_each_bit(
              here[w] ^ (here[w] >> 1 | here[w + 1] << 63), w, [&](auto b) { add(2 * b - 1, 2 * y, 2 * z); });
          BitMask::for_each_bit(here[w] ^ below[w], w, [&](auto b) { add(2 * b - 2, 2 * y + 1, 2 * z); });
          BitMask::for_each_bit(here[w] ^ behind[w], w, [&](auto b) { add(2 * b - 2, 2 * y, 2 * z + 1); });
        }
      }
  }

  /// Largest squared distances within planes of equal z, y, x, and anywhere.
  std::array<double, 4> squared_diameters(const Vector& spacing) const {
    const double sx = spacing[0] / 2, sy = spacing[1] / 2, sz = spacing[2] / 2;
    std::array<double, 4> largest{};
    std::vector<HullPoint> hull;
    std::vector<std::uint64_t> corners[3];
    std::vector<Strip> strips;
    const auto plane = [&](int axis, std::int64_t steps, auto&& extent, double along, double across, auto&& key) {
      strips.clear();
      for (std::int64_t t = 0; t < steps; ++t)
        if (const Extent& e = extent(t); e.low <= e.high) strips.push_back({t, e.low, e.high});
      convex_hull(strips, hull);
      largest[axis] = std::max(largest[axis], squared_diameter(hull, along, across));
      for (const auto& p : hull) corners[axis].push_back(key(p.t, p.u));
    };
    const auto key = [&](std::int64_t x, std::int64_t y, std::int64_t z) {
      return std::uint64_t((z * ny_ + y) * nx_ + x);
    };
    for (std::int64_t z = 0; z < nz_; ++z)
      plane(
          0, ny_, [&](auto y) -> auto& { return along_x_[z * ny_ + y]; }, sy, sx,
          [&](auto y, auto x) { return key(x, y, z); });
    for (std::int64_t y = 0; y < ny_; ++y)
      plane(
          1, nz_, [&](auto z) -> auto& { return along_x_[z * ny_ + y]; }, sz, sx,
          [&](auto z, auto x) { return key(x, y, z); });
    for (std::int64_t x = 0; x < nx_; ++x)
      plane(
          2, nz_, [&](auto z) -> auto& { return along_y_[z * nx_ + x]; }, sz, sy,
          [&](auto z, auto y) { return key(x, y, z); });

    for (auto& c : corners) std::sort(c.begin(), c.end());
    std::vector<std::uint64_t> two, three;
    std::set_intersection(
        corners[0].begin(), corners[0].end(), corners[1].begin(), corners[1].end(), std::back_inserter(two));
    std::set_intersection(two.begin(), two.end(), corners[2].begin(), corners[2].end(), std::back_inserter(three));
    PointCloud points;
    for (const auto k : three) points.add(double(k % nx_) * sx, double(k / nx_ % ny_) * sy, double(k / nx_ / ny_) * sz);
    largest[3] = points.squared_diameter();
    return largest;
  }

 private:
  struct Extent {
    std::int32_t low = INT32_MAX, high = INT32_MIN;
    void add(std::int32_t v) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  };
  void add(std::int64_t x, std::int64_t y, std::int64_t z) {  // doubled coordinates from -1 on
    along_x_[(z + 1) * ny_ + y + 1].add(std::int32_t(x + 1));
    along_y_[(z + 1) * nx_ + x + 1].add(std::int32_t(y + 1));
  }
  std::int64_t nx_, ny_, nz_;
  std::vector<Extent> along_x_, along_y_;  ///< [z][y] and [z][x]
};

}  // namespace

Measures measure(const Volume& mask) {
  const BitMask bits(mask);
  const Vector spacing = mask.geometry().spacing_mm;
  Measures out;
  measure_mesh(bits, spacing, out);
  const auto squared = Vertices(bits).squared_diameters(spacing);
  out.diameter_slice = std::sqrt(squared[0]);
  out.diameter_column = std::sqrt(squared[1]);
  out.diameter_row = std::sqrt(squared[2]);
  out.diameter = std::sqrt(squared[3]);
  out.voxels = principal_variances(bits, spacing, out.variance);
  return out;
}

}  // namespace radloom::shape
