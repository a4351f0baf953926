#pragma once
/// What the tests of run lengths and of zones share: ragged batches of textures, and how matrices and features are compared.
#include <cmath>
#include <string>
#include <vector>

#include "families/common/size_matrix_cells.hpp"
#include "kernels/stage_case.hpp"
#include "radloom/catalogue.hpp"
#include "simt/device.hpp"

namespace radloom::test {

/// A region by a function of the voxel's index.
template <class F>
oracle::Grid drawn_levels(const std::array<int, 3>& size, const F& level) {
  oracle::Grid grid{size, {}};
  for (int z = 0; z < size[2]; ++z)
    for (int y = 0; y < size[1]; ++y)
      for (int x = 0; x < size[0]; ++x) grid.level.push_back(level(x, y, z));
  return grid;
}

inline oracle::Grid of_one_level(const std::array<int, 3>& size, int level) {
  return drawn_levels(size, [=](int, int, int) { return level; });
}

/// Regions of every kind that a count could stumble over; all of them small.
inline std::vector<SmallRegion> textures(std::uint32_t seed) {
  std::vector<SmallRegion> out;
  const auto add = [&](oracle::Grid g, const std::array<double, 3>& spacing = {1, 1, 1}) {
    out.emplace_back(std::move(g), spacing);
  };
  add(of_one_level({1, 1, 1}, 1));
  add(of_one_level({1, 1, 1}, 9));
  for (const int n : {31, 32, 33, 65}) {  // lines of about a warp, along every axis
    add(of_one_level({n, 1, 1}, 2), {0.5, 1, 2});
    add(random_grid({n, 2, 1}, {1, 2, false}, seed + 1));
    add(random_grid({1, n, 2}, {0.9, 2, false}, seed + 2));
    add(random_grid({2, 1, n}, {0.9, 3, false}, seed + 3));
  }
  add(of_one_level({9, 8, 7}, 3), {0.7, 0.8, 2.5});
  add(random_grid({12, 11, 10}, {0.8, 6, false}, seed + 4), {0.97, 0.97, 3});
  add(random_grid({17, 13, 9}, {0.7, 8, true}, seed + 5), {1, 2, 0.5});
  add(random_grid({40, 7, 5}, {0.5, 2, false}, seed + 6));
  add(random_grid({14, 15, 1}, {0.9, 4, true}, seed + 7));  // planes
  add(random_grid({13, 1, 16}, {0.9, 4, false}, seed + 8));
  add(random_grid({1, 13, 12}, {0.9, 4, false}, seed + 9));
  add(random_grid({10, 10, 10}, {0.02, 3, false}, seed + 10));  // dust: voxels without neighbours
  // Two voxels of one line, far apart; two on no line of any direction.
  add(drawn_levels({9, 6, 5}, [](int x, int y, int z) { return x == y && y == z && (x == 0 || x == 4) ? 2 : 0; }));
  add(drawn_levels({4, 3, 2}, [](int x, int y, int z) { return (x + y + z == 0) + (x == 3 && y == 2 && z == 1); }));
  add(random_grid({12, 10, 9}, {0.9, 300, false}, seed + 11));   // more levels than shared memory holds of 8 sizes
  add(random_grid({11, 10, 9}, {0.9, 5000, false}, seed + 12));  // than it holds at all
  add(drawn_levels(
      {10, 10, 9}, [](int, int y, int z) { return 1 + (y / 5 + z / 3) * 2500; }));  // large zones of far levels
  return out;
}

/// Differences of features: 1e-12 of the value, or of 1 where it is smaller (variances and entropies may be rounding errors alone).
inline void expect_close(
    const std::vector<double>& ours, const std::vector<double>& expected, Family family, double tolerance) {
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t f = 0; f < ours.size(); ++f) {
    if (features(family)[f].pyradiomics.empty() && std::isnan(expected[f])) continue;  // the oracle has none
    const double scale = std::max(1.0, std::abs(expected[f]));
    EXPECT_TRUE(std::isnan(expected[f]) ? std::isnan(ours[f]) : std::abs(ours[f] - expected[f]) <= tolerance * scale)
        << features(family)[f].pyradiomics << ": " << ours[f] << ", expected " << expected[f];
  }
}

/// The oracle's features, which have names, in the catalogue's order; NaN for those that the standard alone has.
inline std::vector<double> by_index(const oracle::Features& values, Family family) {
  std::vector<double> out;
  for (const auto& f : features(family))
    out.push_back(f.pyradiomics.empty() ? NAN : values.at(std::string(f.pyradiomics)));
  return out;
}

inline std::string text(const Matrices::Cell& c) {
  return "level " + std::to_string(c.level) + " size " + std::to_string(c.size) + ": " + std::to_string(c.count);
}
inline void expect_same_cells(const std::vector<Matrices::Cell>& ours, const std::vector<Matrices::Cell>& expected) {
  const std::size_t n = std::min(ours.size(), expected.size());
  for (std::size_t i = 0; i < n; ++i)
    if (!(ours[i] == expected[i])) {
      ADD_FAILURE() << "cell " << i << ": " << text(ours[i]) << ", expected " << text(expected[i]);
      return;
    }
  EXPECT_EQ(ours.size(), expected.size());
}

inline backend::Wanted wanting(Family f, bool averaged = true, bool merged = false) {
  backend::Wanted w;
  w.family[int(f)] = true;
  w.averaged = averaged;
  w.merged = merged;
  return w;
}

}  // namespace radloom::test
