#include "families/shape/measure.hpp"

#include <algorithm>
#include <cmath>

#include "core/bit_mask.hpp"
#include "core/hull.hpp"
#include "core/moments.hpp"
#include "core/team.hpp"
#include "families/shape/mesh.hpp"

namespace radloom::shape {
namespace {

using Vector = std::array<double, 3>;

/// Words of patterns, see `pattern_words`.
using Patterns = std::array<std::int64_t, pattern_words>;

Patterns count_patterns(const BitMask& mask) {
  Patterns patterns{};
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
          const unsigned p = bit(here[0], 0) | bit(next[0], 1) | bit(next[1], 2) | bit(here[1], 3) | bit(here[2], 4) |
                             bit(next[2], 5) | bit(next[3], 6) | bit(here[3], 7);
          std::int64_t* const words = &patterns[4 * p];
          ++words[0];
          words[1] += w * 64 + b;
          words[2] += y + 1;
          words[3] += z + 1;
        });
      }
    }
  return patterns;
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

  /// Largest squared distances within planes of equal z, y, x, and anywhere. `candidates`, where given, gets the points that are corners
  /// in each of their three planes, as every corner of the convex hull is, and the last distance is left out.
  std::array<double, 4> squared_diameters(const Vector& spacing, std::vector<Position>* candidates = nullptr) const {
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
    if (candidates)
      for (const auto k : three)
        candidates->push_back({double(k % nx_) * sx, double(k / nx_ % ny_) * sy, double(k / nx_ / ny_) * sz});
    if (candidates) return largest;
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

std::vector<Position> hull_candidates(const Volume& mask) {
  std::vector<Position> points;
  Vertices(BitMask(mask)).squared_diameters(mask.geometry().spacing_mm, &points);
  return points;
}

Measures measure(const Volume& mask) {
  const BitMask bits(mask);
  const Vector spacing = mask.geometry().spacing_mm;
  const double spacing_mm[3] = {spacing[0], spacing[1], spacing[2]};
  Measures out;
  const auto patterns = count_patterns(bits);
  double room[512];
  const auto mesh = mesh_size(SerialTeam{}, mesh_table, patterns.data(), spacing_mm, room);
  out.area = mesh.area;
  out.volume = mesh.volume;
  const auto squared = Vertices(bits).squared_diameters(spacing);
  out.diameter_slice = std::sqrt(squared[0]);
  out.diameter_column = std::sqrt(squared[1]);
  out.diameter_row = std::sqrt(squared[2]);
  out.diameter = std::sqrt(squared[3]);
  const auto moments = index_moments(bits);
  out.voxels = moments.voxels;
  principal_variances(moments, spacing_mm, out.variance);
  return out;
}

}  // namespace radloom::shape
