// What prepares regions on the emulated device against the host: resampling bit for bit, boxes cut out of resident images, ranges and gray levels.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "kernels/preprocess/copy_box.hpp"
#include "kernels/preprocess/discretise.hpp"
#include "kernels/preprocess/intensity_range.hpp"
#include "kernels/preprocess/resample_stage.hpp"
#include "kernels/stage_case.hpp"
#include "preprocess/crop.hpp"
#include "preprocess/resample.hpp"
#include "simt/device.hpp"

namespace radloom::test::preprocess_kernels {
namespace {

using Extent = std::array<std::int64_t, 3>;

template <class T>
Volume random_volume(const Extent& size, const std::array<double, 3>& spacing, std::uint32_t seed) {
  Geometry g;
  g.size = size;
  g.spacing_mm = spacing;
  std::vector<T> values(std::size_t(g.voxels()));
  std::mt19937 random(seed);
  for (auto& v : values) v = wrapped<T>(double(random() % 250) / (std::is_floating_point_v<T> ? 3.7 : 2.0));
  return Volume::from(g, std::move(values));
}

Geometry grid_of(const Extent& size, const std::array<double, 3>& spacing, const std::array<double, 3>& origin) {
  Geometry g;
  g.size = size;
  g.spacing_mm = spacing;
  g.origin_mm = origin;
  return g;
}

struct Order {
  Volume image;
  Geometry grid;
  Interpolator interpolator;
  bool centred = false;  ///< by the standard, on the image's centre
};

void expect_equal(const std::vector<Order>& orders, unsigned seed) {
  simt::Device device({.seed = seed});
  {
    std::vector<backend::Pinned<std::uint8_t, simt::Device>> staging;
    std::vector<backend::Buffer<std::uint8_t, simt::Device>> blocks;
    std::vector<preprocess::ResampleStage<simt::Device>::Wanted> batch;
    for (const auto& o : orders) {
      auto plan = o.centred ? plan_centred(o.image.geometry().size, o.image.geometry().spacing_mm, o.grid,
                                  {{}, o.grid.size}, o.interpolator)
                            : plan_resampling(o.image.geometry(), o.grid, o.interpolator);
      Span<const std::uint8_t> there;
      if (plan.any) {
        const Volume block = crop(o.image, plan.needed);
        const auto bytes = block.geometry().voxels() * std::int64_t(bytes_of(block.type()));
        auto& host = staging.emplace_back(device, bytes);
        std::memcpy(host.data(), block.data(), std::size_t(bytes));
        blocks.emplace_back(device, 0, bytes);
        backend::upload(device, blocks.back().span(), host, bytes, 0);
        there = blocks.back().span();
      }
      batch.push_back({std::move(plan), there, o.image.type(), o.image.geometry().size, o.grid.size});
    }
    preprocess::ResampleStage<simt::Device> stage(device, 0, batch);
    EXPECT_LE(device.statistics().launches, 5);
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const Volume expected = orders[i].centred ? interpolate(orders[i].image, {}, orders[i].image.geometry().size,
                                                      orders[i].grid, {{}, orders[i].grid.size}, orders[i].interpolator)
                                                : resample(orders[i].image, orders[i].grid, orders[i].interpolator);
      const auto result = stage.take(i);
      backend::Pinned<std::uint8_t, simt::Device> home(device, result.size());
      backend::download(device, home, result.span(), 0);
      device.synchronise(device.record(0));
      ASSERT_EQ(std::size_t(home.size()), std::size_t(expected.geometry().voxels()) * bytes_of(expected.type()));
      EXPECT_EQ(std::memcmp(home.data(), expected.data(), std::size_t(home.size())), 0)
          << "image " << i << ", interpolator " << int(orders[i].interpolator);
    }
  }
  device.finish();
}

TEST(ResampleKernels, equalTheCpuForEveryInterpolatorAndTypeInOneBatch) {
  const std::array<double, 3> spacing{0.8, 1.1, 2.5};
  for (const unsigned seed : {1u, 2u}) {
    std::vector<Order> orders;
    for (int i = 0; i <= int(Interpolator::blackman_sinc); ++i) {
      const auto interpolator = Interpolator(i);
      const Geometry fine = grid_of({9, 8, 6}, {0.9, 0.9, 0.9}, {1.3, 0.7, 2.1});
      const Geometry coarse = grid_of({6, 5, 7}, {2, 2, 2}, {-1.9, 0.1, 0.4});  // partly outside
      orders.push_back({random_volume<std::int16_t>({13, 9, 7}, spacing, seed + unsigned(i)), fine, interpolator});
      orders.push_back({random_volume<float>({11, 12, 5}, spacing, seed + unsigned(i) + 50), coarse, interpolator});
      orders.push_back(
          {random_volume<double>({11, 12, 5}, spacing, seed + unsigned(i) + 70), coarse, interpolator, true});
    }
    orders.push_back({random_volume<double>({6, 5, 1}, spacing, 90), grid_of({8, 7, 1}, {0.6, 0.7, 2.5}, {0, 0, 0}),
        Interpolator::bspline});
    orders.push_back({random_volume<std::uint8_t>({70, 3, 90}, spacing, 91), grid_of({9, 3, 9}, {1, 1, 3}, {2, 0, 3}),
        Interpolator::bspline});
    orders.push_back({random_volume<std::int8_t>({5, 5, 5}, spacing, 92), grid_of({4, 4, 4}, {1, 1, 1}, {500, 0, 0}),
        Interpolator::linear});  // nowhere inside
    orders.push_back({random_volume<std::uint16_t>({6, 7, 5}, spacing, 93),
        grid_of({5, 5, 5}, {1, 1, 1}, {0.2, 0.3, 0.4}), Interpolator::bspline});
    orders.push_back({random_volume<std::int32_t>({6, 7, 5}, spacing, 94),
        grid_of({5, 5, 5}, {1, 1, 1}, {0.2, 0.3, 0.4}), Interpolator::linear});
    orders.push_back({random_volume<std::uint32_t>({6, 7, 5}, spacing, 95),
        grid_of({5, 5, 5}, {1, 1, 1}, {0.2, 0.3, 0.4}), Interpolator::gaussian});
    expect_equal(orders, seed);
  }
}

TEST(CopyBoxKernel, cutsWhatCropCuts) {
  const Volume image = random_volume<std::int32_t>({23, 17, 11}, {1, 1, 1}, 5);
  const std::vector<Box> boxes{{{0, 0, 0}, {23, 17, 11}}, {{22, 16, 10}, {1, 1, 1}}, {{3, 4, 5}, {17, 9, 2}}};
  simt::Device device({.seed = 3});
  {
    const auto bytes = image.geometry().voxels() * 4;
    backend::Pinned<std::uint8_t, simt::Device> host(device, bytes);
    std::memcpy(host.data(), image.data(), std::size_t(bytes));
    backend::Buffer<std::uint8_t, simt::Device> there(device, 0, bytes);
    backend::upload(device, there.span(), host, bytes, 0);
    std::vector<BoxRegion> regions;
    std::vector<preprocess::BoxToCopy> copies;
    std::vector<preprocess::CopyTile> tiles;
    std::int64_t all = 0;
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      BoxRegion r;
      preprocess::BoxToCopy c{there.span(), {23, 17, 11}, {}, std::int32_t(b)};
      for (int d = 0; d < 3; ++d) {
        r.size[d] = std::int32_t(boxes[b].size[d]);
        c.first[d] = boxes[b].first[d];
      }
      r.image = all;
      r.type = ScalarType::int32;
      all += (r.voxels() * 4 + 7) / 8 * 8;
      for (std::int64_t first = 0; first < r.voxels(); first += preprocess::CopyBox::voxels)
        tiles.push_back({std::int32_t(b), first});
      regions.push_back(r);
      copies.push_back(c);
    }
    backend::Buffer<std::uint8_t, simt::Device> images(device, 0, all);
    images.zero();
    const Table<BoxRegion, simt::Device> region_table(device, 0, regions);
    const Table<preprocess::BoxToCopy, simt::Device> copy_table(device, 0, copies);
    const Table<preprocess::CopyTile, simt::Device> tile_table(device, 0, tiles);
    device.launch(preprocess::CopyBox{region_table.span(), copy_table.span(), tile_table.span(), images.span()},
        {tile_table.size(), 256, 0}, 0);
    backend::Pinned<std::uint8_t, simt::Device> home(device, all);
    backend::download(device, home, images.span(), 0);
    device.synchronise(device.record(0));
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      const Volume expected = crop(image, boxes[b]);
      EXPECT_EQ(std::memcmp(home.data() + regions[b].image, expected.data(), std::size_t(regions[b].voxels()) * 4), 0)
          << b;
    }
  }
  device.finish();
}

/// Regions of every type, some of several tiles, some of more levels than are counted in shared memory.
TEST(GrayLevelKernels, rangesLevelsAndHistogramsOfTheVoxelsInside) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    std::vector<SmallRegion> regions;
    regions.emplace_back(oracle::Grid{{1, 1, 1}, {5}});
    regions.emplace_back(random_grid({31, 3, 2}, {0.9, 9, false}, seed));
    regions.emplace_back(random_grid({24, 22, 18}, {0.8, 12, true}, seed + 1));
    regions.emplace_back(random_grid({9, 8, 7}, {1.1, 300, false}, seed + 2));
    regions.emplace_back(random_grid({24, 22, 18}, {0.9, 200, false}, seed + 3));
    regions.push_back(typed<std::int8_t>(random_grid({9, 8, 7}, {0.5, 60, false}, seed + 4), -1, 3));
    regions.push_back(typed<std::uint8_t>(random_grid({9, 8, 7}, {0.5, 60, false}, seed + 5), 0.2, 3));
    regions.push_back(typed<std::uint16_t>(random_grid({9, 8, 7}, {0.5, 60, false}, seed + 6), 1, 60000));
    regions.push_back(typed<std::int32_t>(random_grid({9, 8, 7}, {0.5, 60, false}, seed + 7), 1, -70000));
    regions.push_back(typed<std::uint32_t>(random_grid({9, 8, 7}, {0.5, 60, false}, seed + 8), 1, 3e9));
    regions.push_back(typed<float>(random_grid({9, 8, 7}, {0.5, 60, false}, seed + 9), -0.37, 2));
    regions.push_back(typed<double>(random_grid({9, 8, 7}, {0.5, 60, false}, seed + 10), 0.83, -7));
    simt::Device device({.seed = seed});
    {
      backend::Wanted wanted;
      wanted.family[int(Family::glcm)] = true;
      const StageCase<simt::Device> batch(device, regions, {}, Convention::ibsi, wanted);
      const auto input = batch.input();
      const std::int64_t tiles = input.box_tiles.size;
      backend::Buffer<std::uint64_t, simt::Device> extremes(device, 0, 2 * input.count()),
          histogram(device, 0, input.histogram.size);
      backend::Buffer<std::uint16_t, simt::Device> levels(device, 0, input.levels.size);
      extremes.zero();
      histogram.zero();
      levels.zero();
      device.launch(preprocess::IntensityRange{input.box, input.box_tiles, input.images, input.masks, extremes},
          {tiles, 256, 0}, 0);
      const auto range = downloaded(device, extremes.span(), 0);

      // Bins one wide from the lowest intensity on.
      Settings settings;
      settings.bin_width = 1;
      std::vector<GrayLevels> rules;
      std::vector<std::uint16_t> expected_levels(std::size_t(input.levels.size));
      std::vector<std::uint64_t> expected_histogram(std::size_t(input.histogram.size));
      for (std::size_t i = 0; i < regions.size(); ++i) {
        SCOPED_TRACE(i);
        std::vector<std::pair<std::int64_t, double>> inside;
        regions[i].image.visit([&](auto voxels) {
          for (std::size_t k = 0; k < voxels.size(); ++k)
            if (regions[i].grid.level[k]) inside.emplace_back(k, double(voxels[k]));
        });
        double low = inside[0].second, high = low;
        for (const auto& [k, v] : inside) {
          low = std::min(low, v);
          high = std::max(high, v);
        }
        EXPECT_EQ(from_ordered_key(~range[2 * i]), low);
        EXPECT_EQ(from_ordered_key(range[2 * i + 1]), high);
        rules.emplace_back(low, high, settings, Convention::ibsi, false);
        const LevelRegion& r = input.regions[i];
        for (const auto& [k, v] : inside) {
          const auto level = std::int64_t(std::floor(v - low)) + 1;
          expected_levels[std::size_t(r.first + r.at(k))] = std::uint16_t(level);
          ++expected_histogram[std::size_t(r.histogram + level)];
        }
      }
      const Table<GrayLevels, simt::Device> rule(device, 0, rules);
      device.launch(preprocess::Discretise{input.box, input.region, rule.span(), input.box_tiles, input.images,
                        input.masks, levels, histogram, 64},
          {tiles, 256, 256}, 0);
      EXPECT_TRUE(downloaded(device, levels.span(), 0) == expected_levels);
      EXPECT_EQ(downloaded(device, histogram.span(), 0), expected_histogram);
    }
    device.finish();
  }
}

}  // namespace
}  // namespace radloom::test::preprocess_kernels
