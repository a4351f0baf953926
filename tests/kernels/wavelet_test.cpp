// The transform on the emulated device against the cpu's, bit for bit: sub-bands of images of every type, size and place of the box.
#include <gtest/gtest.h>

#include "kernels/image_case.hpp"
#include "kernels/wavelet/stage.hpp"

namespace radloom::test::wavelet_kernels {
namespace {

/// An image with what is asked of it.
struct Order {
  Volume image;
  Box box;
  wavelet::Request request;
  std::vector<wavelet::Band> bands;
};

/// Decomposes all orders in one batch and compares each sub-band with the cpu's.
template <class T>
void expect_equal(const std::vector<Order>& orders, unsigned seed) {
  simt::Device device({.seed = seed});
  {
    SentImages images(device);
    std::vector<typename wavelet::Stage<T, simt::Device>::Wanted> batch;
    for (const auto& o : orders)
      batch.push_back({images.send(filters::whole_block(o.image)), o.box, o.request, o.bands});
    const auto before = device.statistics().launches;
    wavelet::Stage<T, simt::Device> stage(device, 0, batch);
    int levels = 0;
    for (const auto& o : orders) levels = std::max(levels, o.request.level);
    EXPECT_EQ(device.statistics().launches - before, 3 * levels) << "launches depend on the number of images";
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const auto& o = orders[i];
      const auto expected = wavelet::decompose(filters::whole_block(o.image), o.box, o.request, o.bands);
      for (std::size_t b = 0; b < o.bands.size(); ++b)
        expect_bits(device, stage.take(i, o.bands[b]), expected[b],
            "image " + std::to_string(i) + ", " + o.request.wavelet + ", level " + std::to_string(o.request.level) +
                ", band " + std::to_string(o.bands[b]));
    }
  }
  device.finish();
}

const std::vector<wavelet::Band> all_bands{0, 1, 2, 3, 4, 5, 6, 7};

TEST(WaveletKernel, equalsTheCpuForEveryTypeInOneBatch) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    std::vector<Order> orders;
    const auto add = [&](Volume image, wavelet::Request request, std::vector<wavelet::Band> bands) {
      const Box whole{{}, image.geometry().size};
      orders.push_back({std::move(image), whole, std::move(request), std::move(bands)});
    };
    add(random_volume<std::int16_t>({13, 10, 8}, seed), {.wavelet = "coif1"}, all_bands);
    add(random_volume<double>({1, 6, 33}, seed + 1), {.wavelet = "haar"}, {0, 7, 2});
    add(random_volume<std::uint8_t>({32, 5, 4}, seed + 2), {.wavelet = "db3", .level = 2}, {1, 6});
    add(random_volume<std::int32_t>({9, 9, 9}, seed + 3), {.wavelet = "bior2.4", .level = 3, .dilated = true}, {0, 5});
    add(random_volume<std::uint16_t>({20, 18, 1}, seed + 4), {.wavelet = "sym4", .axes = {true, true, false}},
        {0, 1, 2, 3});
    add(random_volume<std::uint32_t>({7, 3, 5}, seed + 5), {.wavelet = "db19"}, {7});
    add(random_volume<std::int8_t>({6, 4, 4}, seed + 6), {.wavelet = "rbio3.1", .even_period = false}, {3});
    expect_equal<double>(orders, seed);
  }
}

TEST(WaveletKernel, equalsTheCpuInSinglePrecision) {
  for (const unsigned seed : {1u, 2u})
    expect_equal<float>(
        {{random_volume<float>({15, 11, 9}, seed), {{}, {15, 11, 9}}, {.wavelet = "coif1"}, all_bands},
            {random_volume<float>({64, 3, 2}, seed + 1), {{}, {64, 3, 2}}, {.wavelet = "coif5", .level = 2}, {0, 7}}},
        seed);
}

TEST(WaveletKernel, aBoxInsideTheImage) {
  const Box box{{5, 3, 2}, {7, 6, 4}};
  expect_equal<double>(
      {{random_volume<std::int16_t>({24, 21, 17}, 5), box, {.wavelet = "coif1"}, all_bands},
          {random_volume<std::int16_t>({24, 21, 17}, 6), box, {.wavelet = "db2", .level = 2, .dilated = true}, {0, 4}}},
      9);
}

TEST(WaveletKernel, tilesThatEndInTheMiddleOfALine) {
  expect_equal<double>(
      {{random_volume<std::int16_t>({131, 17, 5}, 8), {{}, {131, 17, 5}}, {.wavelet = "haar"}, {0, 7}}}, 4);
}

}  // namespace
}  // namespace radloom::test::wavelet_kernels
