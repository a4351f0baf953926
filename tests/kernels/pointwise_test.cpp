// Square and square root on the emulated device against the cpu's, bit for bit: images of every type, the largest value anywhere.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/image_case.hpp"
#include "kernels/pointwise/stage.hpp"

namespace radloom::test::pointwise_kernels {
namespace {

using pointwise::Map;

/// An image with what is asked of it.
struct Order {
  Volume image;
  Box box;
  Map map;
};

template <class S>
Order whole_of(const std::array<std::int64_t, 3>& size, std::uint32_t seed, Map map) {
  return {random_volume<S>(size, seed), {{}, size}, map};
}

Volume on_host(const Order& o) {
  const Settings settings;
  const filters::Request request{settings, Convention::pyradiomics, {}};
  const auto image = filters::whole_block(o.image);
  return (o.map == Map::square ? pointwise::square : pointwise::square_root)(request, image, o.box, {}).at(0);
}

/// Filters all orders in one batch and gives each to `compare`(device, order, what was made of it).
template <class Compare>
void filter(const std::vector<Order>& orders, unsigned seed, const Compare& compare) {
  simt::Device device({.seed = seed});
  {
    SentImages images(device);
    std::vector<pointwise::Stage<simt::Device>::Wanted> batch;
    for (const auto& o : orders) batch.push_back({images.send(filters::whole_block(o.image)), o.box, o.map});
    const auto before = device.statistics().launches;
    pointwise::Stage<simt::Device> stage(device, 0, batch);
    EXPECT_EQ(device.statistics().launches - before, 2) << "launches depend on the number of images";
    for (std::size_t i = 0; i < orders.size(); ++i) compare(device, i, stage.take(i));
  }
  device.finish();
}

void expect_equal(const std::vector<Order>& orders, unsigned seed) {
  filter(orders, seed, [&](simt::Device& device, std::size_t i, const auto& made) {
    expect_bits(device, made, on_host(orders[i]), "image " + std::to_string(i));
  });
}

TEST(PointwiseKernel, equalsTheCpuForEveryTypeInOneBatch) {
  for (const unsigned seed : {1u, 2u})
    for (const Map map : {Map::square, Map::square_root}) {
      const Map other = map == Map::square ? Map::square_root : Map::square;
      expect_equal(
          {whole_of<std::int16_t>({13, 10, 8}, seed, map), whole_of<double>({1, 6, 33}, seed + 1, other),
              whole_of<std::uint8_t>({32, 5, 1}, seed + 2, map), whole_of<float>({9, 9, 9}, seed + 3, other),
              whole_of<std::int32_t>({1, 1, 1}, seed + 4, map), whole_of<std::uint16_t>({2, 2, 2}, seed + 5, other),
              whole_of<std::uint32_t>({7, 3, 5}, seed + 6, map), whole_of<std::int8_t>({71, 59, 2}, seed + 7, other)},
          seed);
    }
}

// The value that all others are scaled by lies outside the box, below 0, in a tile of its own, or is that of one voxel in many.
TEST(PointwiseKernel, theLargestValueLiesAnywhere) {
  const std::array<std::int64_t, 3> size{24, 21, 17};
  for (const std::int64_t at : {0, 77, 4095, 4096, 24 * 21 * 17 - 1}) {
    std::vector<float> values(std::size_t(24 * 21 * 17));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = float(i % 13) - 6;
    values[std::size_t(at)] = at % 2 ? 1000.25F : -1000.25F;
    Geometry grid;
    grid.size = size;
    const Volume image = Volume::from(grid, std::move(values));
    expect_equal({{image, {{5, 3, 2}, {7, 6, 4}}, Map::square}, {image, {{0, 20, 9}, {24, 1, 2}}, Map::square_root}},
        unsigned(at) + 1);
  }
}

// What the whole image lacks is not a number on either side; its bits are nobody's business.
TEST(PointwiseKernel, withoutALargestValueNothingIsANumber) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  Geometry grid;
  grid.size = {40, 3, 2};
  for (const float odd : {0.0F, nan, -nan}) {
    std::vector<float> values(240, odd == 0 ? 0.0F : 5.0F);
    values[123] = odd;
    const Order order{Volume::from(grid, std::move(values)), {{0, 1, 0}, {40, 1, 1}}, Map::square};
    filter({order}, 3, [&](simt::Device& device, std::size_t, const auto& made) {
      backend::Pinned<double, simt::Device> home(device, made.size());
      backend::download(device, home, made.span(), 0);
      device.synchronise(device.record(0));
      const auto expected = on_host(order);
      for (std::int64_t i = 0; i < home.size(); ++i) {
        EXPECT_TRUE(std::isnan(home[i])) << i;
        EXPECT_TRUE(std::isnan(expected.template as<double>()[std::size_t(i)])) << i;
      }
    });
  }
}

TEST(PointwiseKernel, refusesABlock) {
  simt::Device device;
  EXPECT_THROW((pointwise::Stage<simt::Device>(device, 0,
                   {{{{}, ScalarType::int16, {4, 4, 4}, {}, {4, 4, 5}, {1, 1, 1}}, Box{{}, {4, 4, 4}}, Map::square}})),
      Error);
  device.finish();
}

}  // namespace
}  // namespace radloom::test::pointwise_kernels
