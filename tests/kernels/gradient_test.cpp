// The gradient's magnitude on the emulated device against the cpu's, bit for bit: blocks of images of every type, boxes anywhere.
#include <gtest/gtest.h>

#include "filters/gradient/gradient.hpp"
#include "kernels/gradient/stage.hpp"
#include "kernels/image_case.hpp"
#include "preprocess/crop.hpp"

namespace radloom::test::gradient_kernels {
namespace {

using Size = std::array<std::int64_t, 3>;

/// An image, what is asked of it, and whether differences are per mm.
struct Order {
  Volume image;
  Box box;
  bool per_mm = true;
};

template <class S>
Order whole_of(const Size& size, std::uint32_t seed, bool per_mm = true) {
  return {random_volume<S>(size, seed, {0.8, 1, 2.5}), {{}, size}, per_mm};
}

/// Filters all orders in one batch, each out of the block that the filter asks for, and compares with the cpu's of the whole image.
void expect_equal(const std::vector<Order>& orders, unsigned seed) {
  simt::Device device({.seed = seed});
  {
    SentImages images(device);
    std::vector<Settings> settings(orders.size());
    const auto request = [&](std::size_t i) { return filters::Request{settings[i], Convention::pyradiomics, {}}; };
    std::vector<gradient::Stage<simt::Device>::Wanted> batch;
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const auto& o = orders[i];
      settings[i].gradient_use_spacing = o.per_mm;
      const Geometry& grid = o.image.geometry();
      const Box needed = gradient::needed_by(request(i), o.box, filters::grid_of(grid));
      batch.push_back({images.send({crop(o.image, needed), needed.first, grid.size}), o.box,
          gradient::weights(settings[i], grid.spacing_mm)});
    }
    const auto before = device.statistics().launches;
    gradient::Stage<simt::Device> stage(device, 0, batch);
    EXPECT_EQ(device.statistics().launches - before, 1) << "launches depend on the number of images";
    for (std::size_t i = 0; i < orders.size(); ++i)
      expect_bits(device, stage.take(i),
          gradient::derive(request(i), filters::whole_block(orders[i].image), orders[i].box, {}).at(0),
          "image " + std::to_string(i));
  }
  device.finish();
}

TEST(GradientKernel, equalsTheCpuForEveryTypeInOneBatch) {
  for (const unsigned seed : {1u, 2u})
    expect_equal({whole_of<std::int16_t>({13, 10, 8}, seed), whole_of<double>({1, 6, 33}, seed + 1, false),
                     whole_of<std::uint8_t>({32, 5, 1}, seed + 2), whole_of<float>({9, 9, 9}, seed + 3, false),
                     whole_of<std::int32_t>({1, 1, 1}, seed + 4), whole_of<std::uint16_t>({2, 2, 2}, seed + 5),
                     whole_of<std::uint32_t>({7, 3, 5}, seed + 6), whole_of<std::int8_t>({71, 59, 2}, seed + 7)},
        seed);
}

TEST(GradientKernel, boxesInsideTheImage) {
  const auto image = random_volume<std::int16_t>({24, 21, 17}, 8, {1, 0.9, 2});
  std::vector<Order> orders;
  for (const Box& box : {Box{{5, 3, 2}, {7, 6, 4}}, Box{{0, 20, 9}, {24, 1, 2}}, Box{{23, 0, 16}, {1, 1, 1}},
           Box{{1, 1, 1}, {22, 19, 15}}})
    orders.push_back({image, box});
  expect_equal(orders, 9);
}

}  // namespace
}  // namespace radloom::test::gradient_kernels
