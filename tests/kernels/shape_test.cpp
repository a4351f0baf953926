#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "catalogue/indices.hpp"
#include "catalogue/lookup.hpp"
#include "families/shape/formulas.hpp"
#include "families/shape/measure.hpp"
#include "families/shape2d/formulas.hpp"
#include "families/shape2d/measure.hpp"
#include "kernels/shape/stage.hpp"
#include "kernels/shape2d/stage.hpp"
#include "kernels/stage_case.hpp"
#include "simt/device.hpp"

namespace radloom::test::shape_kernels {
namespace {

using oracle::Grid;
using Values = std::vector<std::vector<double>>;

/// A region by a predicate of the voxel's index.
template <class F>
Grid drawn(const std::array<int, 3>& size, const F& inside) {
  Grid grid{size, {}};
  for (int z = 0; z < size[2]; ++z)
    for (int y = 0; y < size[1]; ++y)
      for (int x = 0; x < size[0]; ++x) grid.level.push_back(inside(x, y, z) ? 1 + (x + y + z) % 3 : 0);
  return grid;
}
Grid full(const std::array<int, 3>& size) {
  return drawn(size, [](int, int, int) { return true; });
}
Grid ball(int radius, double squash = 1) {
  const int n = 2 * radius + 1;
  return drawn({n, n, n}, [=](int x, int y, int z) {
    const double a = x - radius, b = y - radius, c = (z - radius) * squash;
    return a * a + b * b + c * c <= radius * radius;
  });
}
Grid octahedron(int radius) {
  const int n = 2 * radius + 1;
  return drawn({n, n, n}, [=](int x, int y, int z) {
    return std::abs(x - radius) + std::abs(y - radius) + std::abs(z - radius) <= radius;
  });
}
Grid thinned(std::array<int, 3> size, double filled, std::uint32_t seed) {
  return random_grid(size, {filled, 4, false}, seed);
}

std::vector<SmallRegion> bodies() {
  std::vector<SmallRegion> out;
  const auto add = [&](Grid g, const std::array<double, 3>& spacing = {1, 1, 1}) {
    out.emplace_back(std::move(g), spacing);
  };
  add(full({1, 1, 1}), {0.7, 1.1, 3});
  for (const int n : {31, 32, 33, 63, 64, 65}) {
    add(full({n, 1, 1}), {0.5, 0.5, 2});
    add(full({1, n, 1}));
    add(full({2, 1, n}), {0.9, 1, 1});
  }
  add(full({4, 5, 6}), {0.3, 0.7, 2.5});
  add(ball(6), {0.977, 0.977, 3});
  add(ball(9, 1.6));
  add(octahedron(7), {1, 1, 1});
  // A slab along a plane that no short direction lies in, and a hollow ball.
  add(drawn({30, 20, 12}, [](int x, int y, int z) { return std::abs(2 * x + 3 * y + 7 * z - 100) <= 9; }),
      {0.8, 0.8, 1.25});
  add(drawn({17, 17, 17}, [](int x, int y, int z) {
    const int d = (x - 8) * (x - 8) + (y - 8) * (y - 8) + (z - 8) * (z - 8);
    return d <= 64 && d >= 30;
  }));
  // Parts with nothing between them, so that planes have gaps and some are empty.
  add(drawn({40, 9, 11}, [](int x, int y, int z) { return x < 2 || x > 36 || (y == 4 && z == 5 && x % 7 == 0); }),
      {0.4, 2, 1});
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    add(thinned({13, 9, 7}, 0.5, seed), {0.8, 0.9, 2.5});
    add(thinned({34, 5, 6}, 0.03, seed + 100), {1, 1, 1});
  }
  add(full({14, 12, 1}), {0.7, 0.7, 5});
  add(thinned({12, 1, 15}, 0.6, 77), {0.7, 0.6, 0.5});
  add(thinned({1, 21, 16}, 0.6, 78), {3, 0.6, 0.5});
  return out;
}

Settings settings_with(int force_2d_dimension = 0) {
  Settings s;
  s.force_2d_dimension = force_2d_dimension;
  return s;
}

backend::Wanted only(Family f) {
  backend::Wanted w;
  w.family[int(f)] = true;
  w.averaged = true;
  return w;
}

template <class Stage>
Values measured(const std::vector<SmallRegion>& regions, Family family, int features, Convention convention,
    const Settings& settings, std::uint64_t seed) {
  simt::DeviceOptions options;
  options.seed = seed;
  simt::Device device(options);
  Values values;
  {
    const StageCase<simt::Device> batch(device, regions, settings, convention, only(family));
    const auto input = batch.input();
    FeatureRoom<simt::Device> room(input, features);
    const Stage stage(input, {room.span(), {}});
    values = room.values();
  }
  device.finish();
  return values;
}
Values shape_of(const std::vector<SmallRegion>& regions, Convention convention, std::uint64_t seed = 1) {
  return measured<shape::Stage<simt::Device>>(
      regions, Family::shape, feature::shape::count, convention, settings_with(), seed);
}
Values shape2d_of(const std::vector<SmallRegion>& regions, int force_2d_dimension, std::uint64_t seed = 1) {
  return measured<shape2d::Stage<simt::Device>>(regions, Family::shape2d, feature::shape2d::count,
      Convention::pyradiomics, settings_with(force_2d_dimension), seed);
}

/// Equal to the bit, NaN being NaN.
void expect_same_bits(const std::vector<double>& ours, const std::vector<double>& expected) {
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t f = 0; f < ours.size(); ++f)
    EXPECT_TRUE(ours[f] == expected[f] || (std::isnan(ours[f]) && std::isnan(expected[f])))
        << "feature " << f << ": " << ours[f] << ", expected " << expected[f] << " (" << ours[f] - expected[f] << ")";
}

std::vector<double> shape_on_the_cpu(const SmallRegion& r, bool pyradiomics) {
  std::vector<double> out(feature::shape::count);
  shape::compute(
      shape::measure(r.mask()), {r.spacing_mm[0], r.spacing_mm[1], r.spacing_mm[2]}, pyradiomics, out.data());
  return out;
}

TEST(ShapeKernels, equalTheCpuToTheBit) {
  const auto regions = bodies();
  for (const bool pyradiomics : {true, false}) {
    const auto ours = shape_of(regions, pyradiomics ? Convention::pyradiomics : Convention::ibsi);
    ASSERT_EQ(ours.size(), regions.size());
    for (std::size_t r = 0; r < regions.size(); ++r) {
      SCOPED_TRACE(r);
      expect_same_bits(ours[r], shape_on_the_cpu(regions[r], pyradiomics));
    }
  }
}

TEST(ShapeKernels, equalTheDefinition) {
  const auto regions = bodies();
  const auto ours = shape_of(regions, Convention::pyradiomics);
  namespace f = feature::shape;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    SCOPED_TRACE(r);
    const auto expected = oracle::shape(regions[r].grid, regions[r].spacing_mm);
    for (const auto& [name, value] : expected) {
      const auto* const feature = find_feature(Family::shape, name);
      ASSERT_NE(feature, nullptr) << name;
      EXPECT_LE(relative(ours[r][std::size_t(feature->index)], value, 1e-12), 1e-9) << name;
    }
    EXPECT_GE(expected.size(), 8u);
  }
}

TEST(ShapeKernels, planeFiguresEqualTheCpuToTheBit) {
  const auto regions = bodies();
  for (int dimension = 0; dimension < 3; ++dimension) {
    const auto ours = shape2d_of(regions, dimension);
    const int axis = 2 - dimension;
    int flat = 0;
    for (std::size_t r = 0; r < regions.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "dimension " << dimension << ", region " << r);
      std::vector<double> expected(feature::shape2d::count, NAN);
      if (regions[r].grid.size[std::size_t(axis)] == 1) {
        ++flat;
        shape2d::compute(shape2d::measure(regions[r].mask(), axis), expected.data());
        for (const auto& [name, value] : oracle::shape2d(regions[r].grid, regions[r].spacing_mm, dimension)) {
          const auto* const feature = find_feature(Family::shape2d, name);
          ASSERT_NE(feature, nullptr) << name;
          EXPECT_LE(relative(ours[r][std::size_t(feature->index)], value, 1e-12), 1e-9) << name;
        }
      }
      expect_same_bits(ours[r], expected);
    }
    EXPECT_GE(flat, 8);
  }
}

TEST(ShapeKernels, neitherCompanyNorOrderNorSeedShows) {
  auto regions = bodies();
  const auto together = shape_of(regions, Convention::pyradiomics);
  std::vector<std::size_t> order(regions.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  for (const std::uint32_t seed : {2u, 3u, 4u}) {
    std::shuffle(order.begin(), order.end(), std::mt19937(seed));
    std::vector<SmallRegion> mixed;
    for (const auto o : order) mixed.push_back(regions[o]);
    const auto ours = shape_of(mixed, Convention::pyradiomics, seed);
    for (std::size_t k = 0; k < order.size(); ++k) expect_same_bits(ours[k], together[order[k]]);
  }
  for (const std::size_t r : {std::size_t(0), std::size_t(20), regions.size() - 1})
    expect_same_bits(shape_of({regions[r]}, Convention::pyradiomics, 9)[0], together[r]);
}

/// More regions than one step of the search for a tile's owner looks at, some without a voxel.
TEST(ShapeKernels, manyRegions) {
  std::vector<SmallRegion> regions;
  for (std::uint32_t i = 0; i < 70; ++i)
    regions.emplace_back(thinned({int(1 + i % 5), int(1 + i % 3), int(1 + i % 4)}, 0.6, i));
  regions[33].grid.level.assign(regions[33].grid.level.size(), 0);
  const auto ours = shape_of(regions, Convention::pyradiomics);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    SCOPED_TRACE(r);
    expect_same_bits(ours[r], shape_on_the_cpu(regions[r], true));
  }
}

/// Rows of several words, planes of several chunks, several tiles of points.
TEST(ShapeKernels, larger) {
  std::vector<SmallRegion> regions;
  regions.emplace_back(full({150, 3, 2}), std::array<double, 3>{0.5, 1, 1});
  regions.emplace_back(thinned({3, 290, 2}, 0.4, 5), std::array<double, 3>{0.5, 0.3, 1});
  regions.emplace_back(thinned({2, 3, 300}, 0.4, 6), std::array<double, 3>{0.5, 0.3, 1});
  regions.emplace_back(ball(24), std::array<double, 3>{0.9, 0.9, 0.9});
  const auto ours = shape_of(regions, Convention::pyradiomics);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    SCOPED_TRACE(r);
    expect_same_bits(ours[r], shape_on_the_cpu(regions[r], true));
  }
}

/// Planes in many chunks, whose points are compared in many groups.
TEST(ShapeKernels, smallChunksOfPlanes) {
  auto regions = bodies();
  regions.emplace_back(ball(17), std::array<double, 3>{0.9, 0.9, 1.7});
  regions.emplace_back(thinned({60, 70, 1}, 0.05, 11), std::array<double, 3>{0.9, 0.8, 1});
  const auto ours = measured<shape::Stage<simt::Device, shape::ComparePlanesOf<16, 40, 4>>>(
      regions, Family::shape, feature::shape::count, Convention::pyradiomics, settings_with(), 5);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    SCOPED_TRACE(r);
    expect_same_bits(ours[r], shape_on_the_cpu(regions[r], true));
  }
}

/// An axis too long for sums of positions in shared memory is counted in global memory: the same comes out.
TEST(ShapeKernels, longAxesAreCountedAlike) {
  const SmallRegion region(thinned({37, 29, 19}, 0.5, 8));
  const auto mask = region.mask();
  shape::BodyRegion r;
  for (int d = 0; d < 3; ++d) r.size[d] = region.grid.size[std::size_t(d)];
  std::vector<std::uint32_t> bits(std::size_t(r.bit_words()));
  for (std::int64_t i = 0; i < r.voxels(); ++i)
    bits[std::size_t(i / 32)] |= std::uint32_t(mask.as<std::uint8_t>()[std::size_t(i)] != 0) << i % 32;
  std::vector<std::uint64_t> results[2];
  for (const bool privately : {true, false}) {
    auto& words = results[privately];
    words.assign(shape::pattern_words + shape::moment_words, 0);
    std::vector<std::uint32_t> x_lines(std::size_t(2 * r.x_line_count())), y_lines(std::size_t(2 * r.y_line_count()));
    const std::int64_t first = 0;
    const auto span = [](auto& v) {
      return Span<typename std::decay_t<decltype(v)>::value_type>{v.data(), std::int64_t(v.size())};
    };
    shape::CountSurface body{{&r, 1}, {&first, 1}, span(bits), {words.data(), shape::pattern_words},
        {words.data() + shape::pattern_words, shape::moment_words}, span(x_lines), span(y_lines)};
    if (!privately) body.private_axis = 36;
    ASSERT_GE(shape::CountSurface::tiles(r), 2);
    simt::launch(body, {shape::CountSurface::tiles(r), 256, shape::CountSurface::shared_bytes(256)}, 3);
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_GT(std::accumulate(results[0].begin(), results[0].begin() + shape::pattern_words, std::uint64_t(0)), 1000u);
}

/// The pairs of several tiles shared out among fewer blocks, so that a block goes round more than once and blocks meet in the largest: bodies
/// with so many candidates left (of constant width) are too large for the emulator.
TEST(ShapeKernels, pairsOfManyTilesAmongFewBlocks) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    std::mt19937 random(seed);
    std::vector<shape::BodyRegion> regions(2);
    std::vector<std::uint32_t> lines;
    std::vector<shape::VertexKey> keys;
    std::vector<shape::Cloud> clouds;
    std::vector<std::uint64_t> first_pair{0};
    std::vector<double> longest;
    for (auto& r : regions) {
      const bool large = clouds.empty();
      const int size[3] = {large ? 40 : 9, large ? 12 : 5, large ? 10 : 4};
      for (int d = 0; d < 3; ++d) {
        r.size[d] = size[d];
        r.spacing_mm[d] = 0.7 + 0.4 * d;
      }
      r.x_lines = std::int64_t(lines.size() / 2);
      r.candidates = std::int64_t(keys.size());
      std::vector<shape::Point> points;
      for (std::int64_t line = 0; line < r.x_line_count(); ++line) {
        const std::int64_t first = random() % r.halves(0), last = first + random() % (r.halves(0) - first);
        lines.push_back(std::uint32_t(r.halves(0) - first));
        lines.push_back(std::uint32_t(last + 1));
        for (const std::int64_t x : {first, last}) {
          points.push_back({double(x) * (r.spacing_mm[0] / 2), double(line % r.halves(1)) * (r.spacing_mm[1] / 2),
              double(line / r.halves(1)) * (r.spacing_mm[2] / 2)});
          keys.push_back(shape::VertexKey(2 * line + (x == last && points.size() % 2 == 0)));
        }
      }
      ASSERT_EQ(std::int64_t(points.size()), r.most_candidates());
      double most = 0;
      for (const auto& a : points)
        for (const auto& b : points)
          most = std::max(most, (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z));
      longest.push_back(most);
      clouds.push_back({{}, 1e4, std::int64_t(points.size())});  // so thick that no pair of tiles is left out
      const std::uint64_t tiles = (points.size() + shape::tuning::pair_threads - 1) / shape::tuning::pair_threads;
      first_pair.push_back(first_pair.back() + tiles * (tiles + 1) / 2);
    }
    ASSERT_EQ(first_pair.back(), 15u + 1u);
    simt::Device device({.seed = seed});
    {
      const Table<shape::BodyRegion, simt::Device> region_table(device, 0, regions);
      const Table<std::uint32_t, simt::Device> line_table(device, 0, lines);
      const Table<shape::VertexKey, simt::Device> key_table(device, 0, keys);
      const Table<shape::Cloud, simt::Device> cloud_table(device, 0, clouds);
      const Table<std::uint64_t, simt::Device> pair_table(device, 0, first_pair);
      backend::Buffer<std::uint64_t, simt::Device> largest(device, 0, 8);
      largest.zero();
      device.launch(shape::ComparePairs{region_table.span(), line_table.span(), key_table.span(), cloud_table.span(),
                        pair_table.span(), largest},
          {3, shape::tuning::pair_threads, shape::ComparePairs::shared_bytes()}, 0);
      const auto found = downloaded(device, largest.span(), 0);
      for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(from_ordered_key(found[4 * i + 3]), longest[i]) << "region " << i;
    }
    device.finish();
  }
}

}  // namespace
}  // namespace radloom::test::shape_kernels
