// Surface, moments and diameters of masks in rows around the length of a word, against counts one cube, one voxel and one pair at a time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "core/moments.hpp"
#include "core/team.hpp"
#include "families/shape/measure.hpp"
#include "families/shape/mesh.hpp"

namespace radloom::test {
namespace {

using Size = std::array<std::int64_t, 3>;

struct Mask {
  Size size;
  std::vector<std::uint8_t> voxels;
  std::array<double, 3> spacing_mm;

  Mask(const Size& s, const std::array<double, 3>& mm,
      const std::function<bool(std::int64_t, std::int64_t, std::int64_t)>& inside)
      : size(s), spacing_mm(mm) {
    for (std::int64_t z = 0; z < s[2]; ++z)
      for (std::int64_t y = 0; y < s[1]; ++y)
        for (std::int64_t x = 0; x < s[0]; ++x) voxels.push_back(inside(x, y, z));
  }
  bool at(std::int64_t x, std::int64_t y, std::int64_t z) const {
    return x >= 0 && y >= 0 && z >= 0 && x < size[0] && y < size[1] && z < size[2] &&
           voxels[std::size_t((z * size[1] + y) * size[0] + x)] != 0;
  }
  Volume volume() const {
    Geometry g;
    g.size = size;
    g.spacing_mm = spacing_mm;
    return Volume::from(g, std::vector<std::uint8_t>(voxels));
  }
};

/// Spacings that powers of two divide: squares of distances are exact, so that no order of operations can be seen.
std::vector<Mask> masks() {
  std::vector<Mask> out;
  std::mt19937 random(1);
  const auto drawn = [&](double share) {
    return [&random, share](auto...) { return double(random()) / 4294967296.0 < share; };
  };
  const std::array<double, 3> cubic{1, 1, 1}, flat{0.5, 0.75, 2.5};
  for (const std::int64_t n : {1, 2, 3, 61, 62, 63, 64, 65, 66, 126, 127, 128, 129})
    for (const double share : {0.1, 0.9, 1.0}) {
      out.emplace_back(Size{n, 3, 2}, cubic, drawn(share));
      out.emplace_back(Size{2, n, 3}, flat, drawn(share));
      out.emplace_back(Size{3, 1, n}, flat, drawn(share));
    }
  // Steps that differ so much that no number of the small ones is a large one; planes without a vertex lie farthest from the middle.
  out.emplace_back(Size{3, 31, 70}, std::array{0x1p-28, 1.0, 1.0},
      [](auto, auto y, auto z) { return (y == 28 && z == 69) || (y == 15 && z == 30); });
  for (const std::int64_t x : {0, 61, 62, 63, 64, 65, 69})  // alone, also at the border
    out.emplace_back(Size{70, 5, 4}, flat, [x](auto... i) { return std::array{i...} == Size{x, x % 5, x % 4}; });
  const auto distance = [](double cx, double cy, double cz) {
    return [=](auto x, auto y, auto z) { return std::hypot(double(x) - cx, double(y) - cy, double(z) - cz); };
  };
  const auto from_middle = distance(6.5, 7, 5);
  out.emplace_back(Size{14, 15, 11}, cubic, [&](auto... i) { return from_middle(i...) < 7; });
  out.emplace_back(Size{14, 15, 11}, flat, [&](auto... i) { return from_middle(i...) < 7 && from_middle(i...) > 4; });
  out.emplace_back(Size{14, 15, 11}, flat, [&](auto... i) { return from_middle(i...) < 7 && random() % 3 != 0; });
  out.emplace_back(
      Size{14, 15, 11}, cubic, [&](auto x, auto y, auto z) {  // half a ball: the longest line lies at its side
        return from_middle(x, y, z) < 7 && 3 * x + y > 25;
      });
  out.emplace_back(Size{20, 18, 9}, flat, [&](auto x, auto y, auto z) {  // far from the middle of its box
    return distance(3, 3, 2)(x, y, z) < 3 || distance(14, 12, 4)(x, y, z) < 5 || (x == 19 && y == 0 && z == 8);
  });
  out.emplace_back(Size{40, 37, 6}, cubic, [](auto x, auto y, auto z) { return std::abs(x - y - 2 * z) < 3; });
  out.emplace_back(Size{12, 9, 7}, flat, [](auto...) { return false; });
  return out;
}

using Vertex = std::array<std::int64_t, 3>;  // half voxels

std::vector<Vertex> vertices_of(const Mask& m) {
  std::vector<Vertex> out;
  for (std::int64_t z = -1; z < m.size[2]; ++z)
    for (std::int64_t y = -1; y < m.size[1]; ++y)
      for (std::int64_t x = -1; x < m.size[0]; ++x)
        for (int d = 0; d < 3; ++d)
          if (m.at(x, y, z) != m.at(x + (d == 0), y + (d == 1), z + (d == 2)))
            out.push_back({2 * x + (d == 0), 2 * y + (d == 1), 2 * z + (d == 2)});
  return out;
}

TEST(Mesh, equalsACountCubeByCube) {
  for (const auto& m : masks()) {
    std::vector<std::int64_t> patterns(std::size_t{shape::pattern_words});
    for (std::int64_t z = -1; z < m.size[2]; ++z)
      for (std::int64_t y = -1; y < m.size[1]; ++y)
        for (std::int64_t x = -1; x < m.size[0]; ++x) {
          std::size_t p = 0;
          for (std::size_t c = 0; c < 8; ++c) {
            const auto& corner = shape::cube_corner[c];
            p |= std::size_t(m.at(x + corner[0], y + corner[1], z + corner[2])) << c;
          }
          patterns[4 * p] += 1;
          patterns[4 * p + 1] += x + 1;
          patterns[4 * p + 2] += y + 1;
          patterns[4 * p + 3] += z + 1;
        }
    double room[512];
    const auto expected = shape::mesh_size(
        SerialTeam{}, shape::mesh_table, patterns.data(), {m.spacing_mm[0], m.spacing_mm[1], m.spacing_mm[2]}, room);
    const auto ours = shape::measure(m.volume());
    EXPECT_EQ(ours.area, expected.area);
    EXPECT_EQ(ours.volume, expected.volume);
  }
}

TEST(Mesh, momentsEqualACountVoxelByVoxel) {
  for (const auto& m : masks()) {
    IndexMoments expected;
    for (std::int64_t z = 0; z < m.size[2]; ++z)
      for (std::int64_t y = 0; y < m.size[1]; ++y)
        for (std::int64_t x = 0; x < m.size[0]; ++x)
          if (m.at(x, y, z)) {
            const std::int64_t at[3] = {x - m.size[0] / 2, y - m.size[1] / 2, z - m.size[2] / 2};
            ++expected.voxels;
            for (int i = 0; i < 3; ++i) {
              expected.sum[i] += at[i];
              for (int j = i; j < 3; ++j) expected.product[i][j] += at[i] * at[j];
            }
          }
    const auto ours = index_moments(BitMask(m.volume()));
    EXPECT_EQ(ours.voxels, expected.voxels);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(ours.sum[i], expected.sum[i]);
      for (int j = i; j < 3; ++j) EXPECT_EQ(ours.product[i][j], expected.product[i][j]);
    }
  }
}

TEST(Mesh, diametersEqualThoseOfAllPairs) {
  for (const auto& m : masks()) {
    const auto vertices = vertices_of(m);
    double squared[4] = {};  // in planes of equal x, y, z; anywhere
    for (std::size_t i = 0; i < vertices.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        double d = 0;
        for (std::size_t k = 0; k < 3; ++k)
          d += std::pow(double(vertices[i][k] - vertices[j][k]) / 2 * m.spacing_mm[k], 2);
        squared[3] = std::max(squared[3], d);
        for (std::size_t k = 0; k < 3; ++k)
          if (vertices[i][k] == vertices[j][k]) squared[k] = std::max(squared[k], d);
      }
    const auto ours = shape::measure(m.volume());
    EXPECT_EQ(ours.diameter_row, std::sqrt(squared[0]));
    EXPECT_EQ(ours.diameter_column, std::sqrt(squared[1]));
    EXPECT_EQ(ours.diameter_slice, std::sqrt(squared[2]));
    EXPECT_EQ(ours.diameter, std::sqrt(squared[3]));
  }
}

TEST(Mesh, candidatesAreCornersOfTheirThreePlanes) {
  for (const auto& m : masks()) {
    auto vertices = vertices_of(m);
    if (vertices.size() > 400) continue;
    const auto is_corner = [&](const Vertex& p, std::size_t axis) {
      // A corner leaves all others within less than half a turn: the widest gap of their directions is more than that.
      std::vector<double> turn;
      for (const auto& q : vertices)
        if (q[axis] == p[axis] && q != p)
          turn.push_back(
              std::atan2(double(q[(axis + 1) % 3] - p[(axis + 1) % 3]), double(q[(axis + 2) % 3] - p[(axis + 2) % 3])));
      if (turn.empty()) return true;
      std::sort(turn.begin(), turn.end());
      double gap = turn.front() + 2 * M_PI - turn.back();
      for (std::size_t i = 1; i < turn.size(); ++i) gap = std::max(gap, turn[i] - turn[i - 1]);
      return gap > M_PI + 1e-9;
    };
    std::vector<std::array<double, 3>> expected;
    std::sort(vertices.begin(), vertices.end(), [](const auto& a, const auto& b) {
      return std::array{a[2], a[1], a[0]} < std::array{b[2], b[1], b[0]};
    });
    for (const auto& p : vertices)
      if (is_corner(p, 0) && is_corner(p, 1) && is_corner(p, 2))
        expected.push_back({double(p[0] + 1) / 2 * m.spacing_mm[0], double(p[1] + 1) / 2 * m.spacing_mm[1],
            double(p[2] + 1) / 2 * m.spacing_mm[2]});
    EXPECT_EQ(shape::hull_candidates(m.volume()), expected);
  }
}

}  // namespace
}  // namespace radloom::test
