// The standard's processing against its definitions, voxel by voxel: grid, interpolation of image and mask, smoothing, re-segmentation.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "preprocess/crop.hpp"
#include "preprocess/gray_levels.hpp"
#include "preprocess/interpolate_mask.hpp"
#include "preprocess/resample.hpp"
#include "preprocess/resample_plan.hpp"
#include "preprocess/resampling_grid.hpp"
#include "preprocess/resegment.hpp"
#include "preprocess/round.hpp"
#include "preprocess/smooth.hpp"

namespace radloom::test {
namespace {

using Extent = std::array<std::int64_t, 3>;

Geometry grid_of(const Extent& size, const std::array<double, 3>& spacing) {
  Geometry g;
  g.size = size;
  g.spacing_mm = spacing;
  g.origin_mm = {-31.7, 12.25, 100.5};
  const double c = std::cos(0.3), s = std::sin(0.3);
  g.direction = {c, -s, 0, s, c, 0, 0, 0, -1};  // oblique, and one axis runs backwards
  return g;
}

Settings to_spacing(const std::array<double, 3>& spacing) {
  Settings s;
  s.resampled_spacing_mm = spacing;
  return s;
}

std::size_t at(const Extent& n, std::int64_t x, std::int64_t y, std::int64_t z) {
  return std::size_t((z * n[1] + y) * n[0] + x);
}

template <class T = double>
Volume random_volume(const Geometry& grid, std::uint32_t seed, double most = 1000) {
  std::mt19937 random(seed);
  std::vector<T> values(std::size_t(grid.voxels()));
  for (auto& v : values) v = T(most * double(random()) / 4294967296.0);
  return Volume::from(grid, std::move(values));
}

Volume random_mask(const Geometry& grid, std::uint32_t seed, double filled) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> inside(std::size_t(grid.voxels()));
  for (auto& i : inside) i = double(random()) / 4294967296.0 < filled;
  return Volume::from(grid, std::move(inside));
}

/// Where voxel k of n new ones lies among m old ones, as the manual lays the grid: centre on centre. In whole millionths of a voxel, so that
/// half a voxel is half a voxel.
double centred(std::int64_t k, std::int64_t n, std::int64_t m, double ratio) {
  return std::round(1e6 * (0.5 * double(m - 1) + (double(k) - 0.5 * double(n - 1)) * ratio)) / 1e6;
}

/// The weights of linear interpolation at each new index, the edge standing for what lies outside.
std::vector<std::vector<double>> linear_weights(std::int64_t n, std::int64_t m, double ratio) {
  std::vector<std::vector<double>> all;
  for (std::int64_t k = 0; k < n; ++k) {
    std::vector<double> weight(std::size_t(m), 0.0);
    const double c = std::min(std::max(centred(k, n, m, ratio), 0.0), double(m - 1));
    for (std::int64_t i = 0; i < m; ++i) weight[std::size_t(i)] = std::max(0.0, 1 - std::fabs(c - double(i)));
    all.push_back(weight);
  }
  return all;
}

/// Every new voxel as the weighted sum of all old ones.
std::vector<double> by_definition(const std::vector<double>& v, const Geometry& image, const Geometry& grid) {
  std::vector<std::vector<double>> w[3];
  for (std::size_t d = 0; d < 3; ++d)
    w[d] = linear_weights(grid.size[d], image.size[d], grid.spacing_mm[d] / image.spacing_mm[d]);
  std::vector<double> out;
  for (std::int64_t z = 0; z < grid.size[2]; ++z)
    for (std::int64_t y = 0; y < grid.size[1]; ++y)
      for (std::int64_t x = 0; x < grid.size[0]; ++x) {
        double sum = 0;
        for (std::int64_t k = 0; k < image.size[2]; ++k)
          for (std::int64_t j = 0; j < image.size[1]; ++j)
            for (std::int64_t i = 0; i < image.size[0]; ++i)
              sum += w[0][std::size_t(x)][std::size_t(i)] * w[1][std::size_t(y)][std::size_t(j)] *
                     w[2][std::size_t(z)][std::size_t(k)] * v[at(image.size, i, j, k)];
        out.push_back(sum);
      }
  return out;
}

Volume interpolated(const Volume& volume, const Geometry& grid, Interpolator interpolator) {
  return interpolate(volume, {}, volume.geometry().size, grid, {{}, grid.size}, interpolator);
}

std::vector<double> doubles(const Volume& volume) {
  return volume.visit([](auto v) { return std::vector<double>(v.begin(), v.end()); });
}

TEST(CentredGrid, HasAsManyVoxelsAsFitRoundedUpAndTheSameCentre) {
  const Geometry image = grid_of({204, 201, 60}, {0.977, 0.977, 3});
  const auto grid = centred_grid(image, to_spacing({2, 2, 2}));
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->size, (Extent{100, 99, 90}));
  EXPECT_EQ(grid->spacing_mm, (std::array<double, 3>{2, 2, 2}));
  EXPECT_EQ(grid->direction, image.direction);
  const auto centre = [](const Geometry& g) {
    return g.to_physical({0.5 * double(g.size[0] - 1), 0.5 * double(g.size[1] - 1), 0.5 * double(g.size[2] - 1)});
  };
  for (std::size_t d = 0; d < 3; ++d) EXPECT_NEAR(centre(*grid)[d], centre(image)[d], 1e-10);
}

TEST(CentredGrid, KeepsAxesAndSpacingsThatStay) {
  const Geometry image = grid_of({20, 21, 6}, {1, 1.5, 3});
  const auto in_slice = centred_grid(image, to_spacing({2, 2, 0}));
  ASSERT_TRUE(in_slice);
  EXPECT_EQ(in_slice->size, (Extent{10, 16, 6}));
  EXPECT_EQ(in_slice->spacing_mm[2], 3);
  EXPECT_FALSE(centred_grid(image, to_spacing({1, 1.5, 3})));
  EXPECT_FALSE(centred_grid(image, to_spacing({0, 0, 0})));
  EXPECT_FALSE(centred_grid(image, Settings()));
  Settings off = to_spacing({2, 2, 2});
  off.interpolator = std::nullopt;
  EXPECT_FALSE(centred_grid(image, off));
  Geometry flat = image;
  flat.size[2] = 1;
  EXPECT_EQ(centred_grid(flat, to_spacing({2, 2, 2}))->size, (Extent{10, 16, 1})) << "one slice stays one";
  // 0.7 in single precision is a little less; 30 voxels of it are 21 mm all the same, 7 of 3 and not 8.
  EXPECT_EQ(centred_grid(grid_of({30, 30, 30}, {double(0.7f), double(0.7f), 1}), to_spacing({3, 3, 1}))->size[0], 7);
  EXPECT_EQ(centred_grid(grid_of({30, 30, 30}, {double(0.1f), 1, 1}), to_spacing({0.2, 1, 1}))->size[0], 15);
  EXPECT_THROW(centred_grid(image, to_spacing({1e-6, 1e-6, 1e-6})), Error);
}

TEST(Interpolation, LinearIsTheWeightedSumOfItsNeighboursAndOfTheEdgeOutside) {
  for (const auto& spacing : {std::array<double, 3>{2, 2, 2}, {0.5, 0.9, 1}, {1.3, 0, 4}}) {
    const Geometry image = grid_of({7, 6, 5}, {1, 1.1, 3});
    const Volume volume = random_volume(image, 1);
    const auto grid = centred_grid(image, to_spacing(spacing));
    ASSERT_TRUE(grid);
    const auto ours = doubles(interpolated(volume, *grid, Interpolator::linear));
    const auto expected = by_definition(doubles(volume), image, *grid);
    ASSERT_EQ(ours.size(), expected.size());
    for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], expected[i], 2e-3) << i;  // 1e-6 of a voxel
  }
}

TEST(Interpolation, APartOfTheGridHoldsWhatTheWholeDoes) {
  const Geometry image = grid_of({40, 12, 9}, {1, 1.1, 3});
  const Volume volume = random_volume(image, 2);
  const auto grid = centred_grid(image, to_spacing({1.7, 0.8, 2}));
  const Box box{{7, 3, 2}, {9, 8, 5}};
  for (const auto interpolator : {Interpolator::nearest, Interpolator::linear, Interpolator::bspline,
           Interpolator::gaussian, Interpolator::lanczos_sinc}) {
    const auto whole = crop(interpolated(volume, *grid, interpolator), box);
    const Box needed = plan_centred(image.size, image.spacing_mm, *grid, box, interpolator).needed;
    const auto part = interpolate(crop(volume, needed), needed.first, image.size, *grid, box, interpolator);
    const auto a = doubles(whole), b = doubles(part);
    EXPECT_EQ(a, b) << int(interpolator);
  }
}

TEST(Interpolation, SplineGoesThroughTheVoxelsAndIsTheSmoothCurveBetweenThem) {
  // Every second new voxel lies on an old one.
  const Geometry image = grid_of({9, 1, 1}, {2, 1, 1});
  const Volume volume = random_volume(image, 3, 10);
  Geometry grid = image;
  grid.size[0] = 17;
  grid.spacing_mm[0] = 1;
  const auto v = doubles(volume), ours = doubles(interpolated(volume, grid, Interpolator::bspline));
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(ours[2 * i], v[i], 1e-9);
  // The cubic spline with mirrored ends, whose slope is 0 there: solve for second derivatives by elimination.
  const std::size_t n = v.size();
  std::vector<double> diagonal(n, 4), right(n), second(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double before = i > 0 ? v[i - 1] : v[1], after = i + 1 < n ? v[i + 1] : v[n - 2];
    right[i] = 6 * (before - 2 * v[i] + after);
  }
  for (std::size_t i = 1; i < n; ++i) {
    const double above = i == 1 ? 2 : 1, below = i + 1 == n ? 2 : 1;
    const double factor = below / diagonal[i - 1];
    diagonal[i] -= factor * above;
    right[i] -= factor * right[i - 1];
  }
  for (std::size_t i = n; i-- > 0;)
    second[i] = (right[i] - (i + 1 < n ? (i == 0 ? 2 : 1) * second[i + 1] : 0)) / diagonal[i];
  for (std::size_t i = 0; i + 1 < n; ++i)
    EXPECT_NEAR(ours[2 * i + 1], 0.5 * (v[i] + v[i + 1]) - (second[i] + second[i + 1]) / 16, 1e-9) << i;
}

TEST(Interpolation, NearestTakesTheUpperOfTwoAndKeptAxesKeepTheirValues) {
  const Geometry image = grid_of({4, 3, 2}, {1, 1, 1});
  const Volume volume = random_volume(image, 4);
  Geometry grid = image;  // centres midway between voxels along x
  grid.size[0] = 3;
  grid.origin_mm = image.to_physical({0.5, 0, 0});
  const auto v = doubles(volume), ours = doubles(interpolated(volume, grid, Interpolator::nearest));
  for (std::int64_t z = 0; z < 2; ++z)
    for (std::int64_t y = 0; y < 3; ++y)
      for (std::int64_t x = 0; x < 3; ++x) EXPECT_EQ(ours[at(grid.size, x, y, z)], v[at(image.size, x + 1, y, z)]);
  const auto kept = centred_grid(image, to_spacing({0.5, 0, 0}));
  const auto same = doubles(interpolated(volume, *kept, Interpolator::linear));
  for (std::int64_t z = 0; z < 2; ++z)
    for (std::int64_t y = 0; y < 3; ++y) {
      EXPECT_EQ(same[at(kept->size, 0, y, z)], v[at(image.size, 0, y, z)]) << "outside, so the edge";
      EXPECT_EQ(same[at(kept->size, 7, y, z)], v[at(image.size, 3, y, z)]);
    }
}

/// The mask on the whole of the grid, by definition.
std::vector<std::uint8_t> mask_by_definition(const Volume& mask, const Geometry& grid, double threshold) {
  std::vector<std::uint8_t> out;
  for (const double v : by_definition(doubles(mask), mask.geometry(), grid)) out.push_back(v >= threshold - 1e-7);
  return out;
}

TEST(MaskInterpolation, IsThePartialVolumeOfEveryVoxelAtEveryBorder) {
  const Geometry image = grid_of({9, 8, 6}, {1, 1, 3});
  int voxels = 0;
  for (std::uint32_t seed = 0; seed < 12; ++seed)
    for (const auto& spacing : {std::array<double, 3>{2, 2, 2}, {1.3, 0.7, 0}, {3, 3, 3}, {2, 1, 6}}) {
      // A random region inside a box that moves from one border to the others; outside the box nothing.
      const Box box{{seed % 4, seed % 3, seed % 2}, {5, 5, 4}};
      std::vector<std::uint8_t> inside(std::size_t(image.voxels()));
      const auto drawn = random_mask(image, seed, 0.7);
      for (std::int64_t z = box.first[2]; z < box.first[2] + box.size[2]; ++z)
        for (std::int64_t y = box.first[1]; y < box.first[1] + box.size[1]; ++y)
          for (std::int64_t x = box.first[0]; x < box.first[0] + box.size[0]; ++x)
            inside[at(image.size, x, y, z)] = drawn.as<std::uint8_t>()[at(image.size, x, y, z)];
      const Volume mask = Volume::from(image, std::move(inside));
      const auto grid = centred_grid(image, to_spacing(spacing));
      ASSERT_TRUE(grid);
      Box around = box;
      for (std::size_t d = 0; d < 3; ++d) {
        const auto reach = mask_reach(Interpolator::linear);
        const auto low = std::max<std::int64_t>(0, box.first[d] - reach);
        around.size[d] = std::min(image.size[d], box.first[d] + box.size[d] + reach) - low;
        around.first[d] = low;
      }
      for (const double threshold : {0.5, 0.25, 1.0}) {
        const auto part = interpolate_mask({crop(mask, around), around}, image, *grid, Interpolator::linear, threshold);
        std::vector<std::uint8_t> ours(std::size_t(grid->voxels()));
        std::size_t i = 0;
        for (std::int64_t z = 0; z < part.box.size[2]; ++z)
          for (std::int64_t y = 0; y < part.box.size[1]; ++y)
            for (std::int64_t x = 0; x < part.box.size[0]; ++x)
              ours[at(grid->size, part.box.first[0] + x, part.box.first[1] + y, part.box.first[2] + z)] =
                  part.mask.as<std::uint8_t>()[i++];
        EXPECT_EQ(ours, mask_by_definition(mask, *grid, threshold)) << seed << ", " << spacing[2] << ", " << threshold;
        for (const auto v : ours) voxels += v;
      }
    }
  EXPECT_GT(voxels, 1000);
}

TEST(MaskInterpolation, ExactlyHalfBelongsToTheRegionHoweverTheSpacingIsWritten) {
  // New centres lie midway between two old ones: the voxels beside the region's border are half inside.
  for (const double spacing : {3.0, double(0.7f), 0.9765625, double(0.3f)}) {
    Geometry image = grid_of({12, 1, 1}, {spacing, 1, 1});
    std::vector<std::uint8_t> inside(12);
    for (const int i : {4, 5, 6, 7}) inside[std::size_t(i)] = 1;
    const Volume mask = Volume::from(image, std::move(inside));
    Geometry grid = image;
    grid.size[0] = 11;
    grid.origin_mm = image.to_physical({0.5, 0, 0});
    const auto part = interpolate_mask({mask, {{}, image.size}}, image, grid, Interpolator::linear, 0.5);
    ASSERT_EQ(part.box.size[0], 11);
    const auto m = part.mask.as<std::uint8_t>();
    for (std::size_t k = 0; k < 11; ++k) EXPECT_EQ(int(m[k]), int(k >= 3 && k <= 7)) << spacing << ", " << k;
  }
}

TEST(Smoothing, IsTheConvolutionWithASampledGaussian) {
  const Geometry grid = grid_of({6, 5, 7}, {1, 1, 1});
  const Volume volume = random_volume(grid, 8);
  const std::array<double, 3> sigma{0.8, 0, 1.5};
  const auto v = doubles(volume), ours = doubles(smooth(volume, sigma));
  const auto weight = [](std::int64_t k, double s) {
    double sum = 0;
    for (std::int64_t j = -std::int64_t(std::ceil(4 * s)); j <= std::int64_t(std::ceil(4 * s)); ++j)
      sum += std::exp(-double(j * j) / (2 * s * s));
    return std::exp(-double(k * k) / (2 * s * s)) / sum;
  };
  const auto edge = [](std::int64_t i, std::int64_t n) { return std::min(std::max<std::int64_t>(i, 0), n - 1); };
  for (std::int64_t z = 0; z < 7; ++z)
    for (std::int64_t y = 0; y < 5; ++y)
      for (std::int64_t x = 0; x < 6; ++x) {
        double sum = 0;
        for (std::int64_t k = -6; k <= 6; ++k)
          for (std::int64_t i = -4; i <= 4; ++i)
            sum += weight(i, 0.8) * weight(k, 1.5) * v[at(grid.size, edge(x + i, 6), y, edge(z + k, 7))];
        EXPECT_NEAR(ours[at(grid.size, x, y, z)], sum, 1e-9);
      }
  for (const double c : doubles(smooth(Volume::from(grid, std::vector<double>(210, 3.5)), sigma)))
    EXPECT_NEAR(c, 3.5, 1e-13);
}

TEST(Rounding, IsToTheNearestAndKeepsTypes) {
  Geometry line;
  line.size = {6, 1, 1};
  const auto v = rounded(Volume::from(line, std::vector<float>{-1.5F, -0.4F, 0.5F, 1.5F, 2.6F, NAN}));
  ASSERT_EQ(v.type(), ScalarType::float32);
  const auto f = v.as<float>();
  EXPECT_EQ(std::vector<float>(f.begin(), f.begin() + 5), (std::vector<float>{-2, 0, 0, 2, 3}));
  EXPECT_TRUE(std::isnan(f[5]));
  const auto whole = Volume::from(line, std::vector<std::int16_t>{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(rounded(whole).data(), whole.data()) << "integers are as they are";
  EXPECT_EQ(in_double(whole).type(), ScalarType::float64);
}

TEST(Outliers, AreBeyondTheDeviationsOfTheVoxelsInsideEndsIncluded) {
  Geometry line;
  line.size = {10, 1, 1};
  const Volume image = Volume::from(line, std::vector<double>{0, 0, 0, 0, 4, 4, 4, 4, 2, 900});
  const Volume mask = Volume::from(line, std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1, 1, 1, 0, 0});
  // Mean 2, deviation 2 over N: the ends at 0 and 4 stay with one deviation, and go with less.
  const auto count = [&](double sigmas) {
    int n = 0;
    const Volume kept = without_outliers(image, mask, sigmas);
    for (const auto m : kept.as<std::uint8_t>()) n += m;
    return n;
  };
  EXPECT_EQ(count(1), 8);
  EXPECT_EQ(count(0.99), 0);
}

TEST(Bins, OfOneWidthStartAtTheLowerEndOfTheRange) {
  Settings s;
  s.bin_width = 25;
  s.resegment_range = {-500, 400};
  const GrayLevels from_range(-310, 377, s, Convention::ibsi, false);
  EXPECT_EQ(from_range(-500), 1);
  EXPECT_EQ(from_range(-475.0001), 1);
  EXPECT_EQ(from_range(-475), 2);
  EXPECT_EQ(from_range(400), 37);
  s.resegment_range.clear();
  const GrayLevels from_minimum(-310, 377, s, Convention::ibsi, false);
  EXPECT_EQ(from_minimum(-310), 1);
  EXPECT_EQ(from_minimum(-285), 2);
  s.bin_count = 32;
  const GrayLevels numbered(-310, 377, s, Convention::ibsi, false);
  EXPECT_EQ(numbered(-310), 1);
  EXPECT_EQ(numbered(377), 32) << "the maximum falls into the last bin";
}

}  // namespace
}  // namespace radloom::test
