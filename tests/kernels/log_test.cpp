// The recursive Laplacian on the emulated device against the cpu's, bit for bit: images of every type, several widths, boxes anywhere.
#include <gtest/gtest.h>

#include "filters/log/laplacian.hpp"
#include "kernels/image_case.hpp"
#include "kernels/log/stage.hpp"

namespace radloom::test::log_kernels {
namespace {

/// An image with what is asked of it.
struct Order {
  Volume image;
  Box box;
  std::vector<double> sigma_mm;
};

template <class S>
Order whole_of(const std::array<std::int64_t, 3>& size, std::uint32_t seed, std::vector<double> sigma_mm) {
  return {random_volume<S>(size, seed, {0.8, 1, 2.5}), {{}, size}, std::move(sigma_mm)};
}

/// Filters all orders in one batch and compares each response with the cpu's.
void expect_equal(const std::vector<Order>& orders, unsigned seed) {
  simt::Device device({.seed = seed});
  {
    SentImages images(device);
    std::vector<log::Stage<simt::Device>::Wanted> batch;
    for (const auto& o : orders) batch.push_back({images.send(filters::whole_block(o.image)), o.box, o.sigma_mm});
    const auto before = device.statistics().launches;
    log::Stage<simt::Device> stage(device, 0, batch);
    EXPECT_EQ(device.statistics().launches - before, 9) << "launches depend on the number of images or widths";
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const auto& o = orders[i];
      const auto expected = log::laplacian(filters::whole_block(o.image), o.box, o.sigma_mm);
      for (std::size_t k = 0; k < o.sigma_mm.size(); ++k)
        expect_bits(device, stage.take(i, k), expected[k],
            "image " + std::to_string(i) + ", " + std::to_string(o.sigma_mm[k]) + " mm");
    }
  }
  device.finish();
}

TEST(LogKernel, equalsTheCpuForEveryTypeInOneBatch) {
  for (const unsigned seed : {1u, 2u})
    expect_equal(
        {whole_of<std::int16_t>({13, 10, 8}, seed, {1, 3, 5}), whole_of<double>({4, 6, 33}, seed + 1, {1.5}),
            whole_of<std::uint8_t>({32, 5, 4}, seed + 2, {0.7, 2}), whole_of<float>({9, 9, 9}, seed + 3, {2}),
            whole_of<std::int32_t>({33, 4, 5}, seed + 4, {2}), whole_of<std::uint16_t>({4, 4, 4}, seed + 5, {2}),
            whole_of<std::uint32_t>({7, 8, 5}, seed + 6, {4.2}), whole_of<std::int8_t>({6, 35, 4}, seed + 7, {1})},
        seed);
}

// Rows longer than a warp reads at a time, and more lines than a block or a warp takes.
TEST(LogKernel, rowsAndTilesThatEndInTheMiddle) {
  expect_equal({whole_of<std::int16_t>({71, 9, 5}, 5, {1, 3}), whole_of<float>({64, 7, 11}, 6, {2})}, 4);
}

// A pass keeps what the box holds: its ends lie in, before and behind a stretch of 32 samples.
TEST(LogKernel, boxesInsideTheImage) {
  const auto image = random_volume<std::int16_t>({75, 12, 11}, 8, {1, 0.9, 2});
  std::vector<Order> orders;
  for (const Box& box : {Box{{5, 3, 2}, {7, 6, 4}}, Box{{33, 0, 9}, {42, 1, 2}}, Box{{20, 11, 0}, {12, 1, 1}},
           Box{{74, 4, 5}, {1, 8, 6}}, Box{{0, 2, 3}, {70, 3, 2}}})
    orders.push_back({image, box, {1.5}});
  expect_equal(orders, 9);
}

TEST(LogKernel, refusesWhatTheCpuRefuses) {
  simt::Device device;
  const auto refused = [&](const std::array<std::int64_t, 3>& size, const std::array<std::int64_t, 3>& whole) {
    const ImageOnDevice image{{}, ScalarType::int16, size, {}, whole, {1, 1, 1}};
    EXPECT_THROW((log::Stage<simt::Device>(device, 0, {{image, Box{{}, size}, {1}}})), Error);
  };
  refused({8, 8, 3}, {8, 8, 3});
  refused({8, 8, 8}, {8, 8, 9});
  device.finish();
}

}  // namespace
}  // namespace radloom::test::log_kernels
