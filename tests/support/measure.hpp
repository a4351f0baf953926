#pragma once
/// Small regions through the backend, and comparing what comes out.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "radloom/radloom.hpp"
#include "support/backends.hpp"
#include "support/oracle.hpp"

namespace radloom::test {

/// |a - b| over the larger; 0 where both are NaN or below `floor`, infinite where one is NaN.
inline double relative(double a, double b, double floor = 0) {
  if (std::isnan(a) && std::isnan(b)) return 0;
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::infinity();
  const double most = std::max(std::abs(a), std::abs(b));
  return a == b || most <= floor ? 0 : std::abs(a - b) / most;
}

inline double number(const FeatureValue& value) {
  return value.undefined == Undefined::none ? value.value : std::numeric_limits<double>::quiet_NaN();
}

struct Volumes {
  Volume image, mask;
};

/// A CT-like volume in voxels of T: a slope, stripes and noise. `label_at(x, y, z)` makes the mask.
template <class T, class LabelAt>
Volumes ct_like(const std::array<std::int64_t, 3>& size, unsigned seed, const LabelAt& label_at) {
  Geometry grid;
  grid.size = size;
  grid.spacing_mm = {0.9, 1.1, 2.5};
  grid.origin_mm = {-12, 7, 30};
  std::mt19937 random(seed);
  std::vector<T> image;
  std::vector<std::uint8_t> labels;
  for (int z = 0; z < size[2]; ++z)
    for (int y = 0; y < size[1]; ++y)
      for (int x = 0; x < size[0]; ++x) {
        image.push_back(T(-400 + 20 * x + 10 * (y % 7) + 300.0 * double(random()) / 4294967296.0));
        labels.push_back(std::uint8_t(label_at(x, y, z)));
      }
  return {Volume::from(grid, std::move(image)), Volume::from(grid, std::move(labels))};
}

/// Whether a voxel lies in a ball of `radius` voxels in the plane, half as many across.
inline bool in_ball(double x, double y, double z, const std::array<double, 3>& centre, double radius) {
  const auto [u, v, w] = centre;
  return (x - u) * (x - u) + (y - v) * (y - v) + 4 * (z - w) * (z - w) <= radius * radius;
}

/// Volumes whose intensities are the gray levels of a grid, with `outside` where it has none.
inline Volumes volumes_of(
    const oracle::Grid& grid, const std::array<double, 3>& spacing = {1, 1, 1}, std::int16_t outside = 999) {
  Geometry geometry;
  for (std::size_t k = 0; k < 3; ++k) geometry.size[k] = grid.size[k];
  geometry.spacing_mm = spacing;
  std::vector<std::int16_t> image;
  std::vector<std::uint8_t> mask;
  for (const int level : grid.level) {
    image.push_back(level ? std::int16_t(level) : outside);
    mask.push_back(level != 0);
  }
  return {Volume::from(geometry, std::move(image)), Volume::from(geometry, std::move(mask))};
}

/// What the pyradiomics convention makes of the levels with bins one wide: the smallest becomes 1.
inline oracle::Grid counted_from_one(oracle::Grid grid) {
  int least = std::numeric_limits<int>::max();
  for (const int level : grid.level)
    if (level) least = std::min(least, level);
  for (int& level : grid.level)
    if (level) level += 1 - least;
  return grid;
}

/// Where a region is drawn: how much of the grid it fills and how rough its gray levels are.
struct Draw {
  double filled = 0.8;
  int levels = 6;
  bool smooth = false;
};

inline oracle::Grid random_grid(const std::array<int, 3>& size, const Draw& draw, std::uint32_t seed) {
  std::mt19937 random(seed);
  // Draws by hand: the standard's distributions differ between libraries.
  const auto unit = [&] { return double(random()) / 4294967296.0; };
  oracle::Grid grid{size, std::vector<int>(std::size_t(size[0]) * std::size_t(size[1]) * std::size_t(size[2]))};
  std::size_t at = 0;
  for (int z = 0; z < size[2]; ++z)
    for (int y = 0; y < size[1]; ++y)
      for (int x = 0; x < size[0]; ++x, ++at) {
        const int base = draw.smooth ? (x + y + z) / 4 : 0;
        const int level = 1 + (base + int(unit() * (draw.smooth ? 1.3 : draw.levels))) % draw.levels;
        grid.level[at] = unit() < draw.filled ? level : 0;
      }
  if (std::all_of(grid.level.begin(), grid.level.end(), [](int l) { return l == 0; })) grid.level[at / 2] = 1;
  return grid;
}

/// A configuration in the pyradiomics convention from a parameter file's text. `families` as a parameter file lists them.
inline Config pyradiomics_config(const std::string& setting_json,
    const std::string& families =
        R"({"shape":null,"firstorder":null,"glcm":null,"glrlm":null,"glszm":null,"gldm":null,"ngtdm":null})") {
  return parse_config(
      "{\"imageType\": {\"Original\": {}}, \"setting\": " + setting_json + ", \"featureClass\": " + families + "}",
      "test");
}

/// Families for tests that look at matrices alone: one feature each, so that every matrix is counted and nothing more is made of it. (MCC, an
/// eigenvalue by iteration, took most of their time on the emulated device.)
inline const char* const matrices_alone =
    R"({"glcm":["JointEnergy"],"glrlm":["RunEntropy"],"glszm":["ZoneEntropy"],"gldm":["DependenceEntropy"],"ngtdm":["Busyness"]})";

/// Compares matrices cell by cell; directions are matched by their offsets, since their order says nothing. A direction may be
/// left out where nothing is counted.
inline void expect_same_matrices(const Matrices& ours, const Matrices& expected) {
  ASSERT_EQ(ours.gray_levels, expected.gray_levels);
  ASSERT_EQ(ours.glcm.size(), ours.glcm_offsets.size());
  ASSERT_EQ(ours.glrlm.size(), ours.glrlm_offsets.size());
  const auto find = [](const std::vector<std::array<int, 3>>& offsets, const std::array<int, 3>& offset) {
    return std::size_t(std::find(offsets.begin(), offsets.end(), offset) - offsets.begin());
  };
  const auto text = [](const std::array<int, 3>& o) {
    return std::to_string(o[0]) + "," + std::to_string(o[1]) + "," + std::to_string(o[2]);
  };
  for (const auto& offset : ours.glcm_offsets)
    EXPECT_LT(find(expected.glcm_offsets, offset), expected.glcm_offsets.size())
        << "glcm offset " << text(offset) << " is not asked for";
  for (const auto& offset : ours.glrlm_offsets)
    EXPECT_LT(find(expected.glrlm_offsets, offset), expected.glrlm_offsets.size())
        << "glrlm offset " << text(offset) << " is not asked for";
  for (std::size_t k = 0; k < expected.glcm.size(); ++k) {
    const std::size_t at = find(ours.glcm_offsets, expected.glcm_offsets[k]);
    if (at == ours.glcm.size())
      EXPECT_EQ(expected.glcm[k], std::vector<std::uint64_t>(expected.glcm[k].size(), 0))
          << "glcm lacks " << text(expected.glcm_offsets[k]);
    else EXPECT_EQ(ours.glcm[at], expected.glcm[k]) << "glcm along " << text(expected.glcm_offsets[k]);
  }
  for (std::size_t k = 0; k < expected.glrlm.size(); ++k) {
    const std::size_t at = find(ours.glrlm_offsets, expected.glrlm_offsets[k]);
    if (at == ours.glrlm.size())
      EXPECT_TRUE(expected.glrlm[k].empty()) << "glrlm lacks " << text(expected.glrlm_offsets[k]);
    else EXPECT_TRUE(ours.glrlm[at] == expected.glrlm[k]) << "glrlm along " << text(expected.glrlm_offsets[k]);
  }
  EXPECT_TRUE(ours.glszm == expected.glszm)
      << "glszm: " << ours.glszm.size() << " cells, expected " << expected.glszm.size();
  EXPECT_TRUE(ours.gldm == expected.gldm)
      << "gldm: " << ours.gldm.size() << " cells, expected " << expected.gldm.size();
  EXPECT_EQ(ours.ngtdm_count, expected.ngtdm_count);
  // Rows may stop after the largest number of neighbours that occurs.
  ASSERT_EQ(ours.ngtdm_difference.size(), expected.ngtdm_difference.size());
  for (std::size_t row = 0; row < expected.ngtdm_difference.size(); ++row) {
    auto a = ours.ngtdm_difference[row], b = expected.ngtdm_difference[row];
    const std::size_t n = std::max(a.size(), b.size());
    a.resize(n, 0);
    b.resize(n, 0);
    EXPECT_EQ(a, b) << "ngtdm differences of level " << expected.gray_levels[row];
  }
}

}  // namespace radloom::test
