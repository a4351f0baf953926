// The standard's filters of the Fourier domain on the emulated device against the cpu's, whose transform is another.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "filters/common/convolve.hpp"
#include "filters/gabor/gabor.hpp"
#include "filters/riesz/riesz.hpp"
#include "filters/simoncelli/simoncelli.hpp"
#include "kernels/fourier/stage.hpp"
#include "kernels/image_case.hpp"
#include "preprocess/crop.hpp"

namespace radloom::test::fourier_kernels {
namespace {

using Size = std::array<std::int64_t, 3>;
using Stage = fourier::Stage<simt::Device>;

/// An image and what is asked of it.
struct Order {
  Volume image;
  Box box;
  Settings settings;
  std::vector<int> levels{1};
  bool turned = false;

  std::vector<DerivedImage> images() const {
    std::vector<DerivedImage> out;
    for (const int level : levels) out.emplace_back().index = level;
    return out;
  }
};

void expect_near(simt::Device& device, const backend::Buffer<double, simt::Device>& made, const Volume& expected,
    const std::string& of) {
  backend::Pinned<double, simt::Device> home(device, made.size());
  backend::download(device, home, made.span(), 0);
  device.synchronise(device.record(0));
  const auto host = expected.as<double>();
  ASSERT_EQ(std::size_t(home.size()), host.size()) << of;
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < host.size(); ++i) {
    largest = std::max(largest, std::abs(host[i]));
    worst = std::max(worst, std::abs(home[std::int64_t(i)] - host[i]));
  }
  EXPECT_GT(largest, 0) << of;
  EXPECT_LE(worst, 1e-12 * largest) << of;
}

/// Filters all orders in one batch and compares with the cpu's of the whole image. Returns the number of launches.
std::int64_t expect_equal(const std::vector<Order>& multiplied, const std::vector<Order>& waved, unsigned seed) {
  simt::Device device({.seed = seed});
  std::int64_t launches = 0;
  {
    SentImages images(device);
    std::vector<Stage::Multiplied> spectra;
    std::vector<Stage::Waved> planes;
    for (const auto& o : multiplied) {
      auto& wanted = spectra.emplace_back();
      wanted = {images.send(filters::whole_block(o.image)), o.box, filters::axes_of(o.settings), {}};
      for (const int level : o.levels) {
        auto& r = wanted.responses.emplace_back();
        r.level = level;
        r.turned = o.turned;
        if (r.turned) r.transform = riesz::transform_of(o.settings);
      }
    }
    for (const auto& o : waved) {
      const Box needed =
          gabor::needed_by({o.settings, Convention::ibsi, {}}, o.box, filters::grid_of(o.image.geometry()));
      planes.push_back(
          {images.send({crop(o.image, needed), needed.first, o.image.geometry().size}), o.box, &o.settings});
    }
    const auto before = device.statistics().launches;
    Stage stage(device, 0, spectra, planes);
    launches = device.statistics().launches - before;
    for (std::size_t i = 0; i < multiplied.size(); ++i) {
      const auto& o = multiplied[i];
      const auto wanted = o.images();
      const filters::Request request{o.settings, Convention::ibsi, wanted};
      const auto host = !o.turned ? simoncelli::derive(request, filters::whole_block(o.image), o.box, {})
                                  : riesz::derive(request, filters::whole_block(o.image), o.box, {});
      for (std::size_t k = 0; k < host.size(); ++k)
        expect_near(device, stage.take(i, k), host[k], "image " + std::to_string(i) + ", " + std::to_string(k));
    }
    for (std::size_t i = 0; i < waved.size(); ++i) {
      const auto& o = waved[i];
      const auto wanted = o.images();
      expect_near(device, stage.take_waved(i),
          gabor::derive({o.settings, Convention::ibsi, wanted}, filters::whole_block(o.image), o.box, {}).at(0),
          "plane " + std::to_string(i));
    }
  }
  device.finish();
  return launches;
}

template <class S>
Order order(const Size& size, std::uint32_t seed, const Box& box) {
  return {random_volume<S>(size, seed, {0.8, 1, 2.5}), box, {}};
}
Order flat(Order o, int dimension) {
  o.settings.force_2d = true;
  o.settings.force_2d_dimension = dimension;
  return o;
}
Order turned(Order o, const std::vector<int>& orders) {
  o.turned = true;
  o.settings.riesz_filter = "Simoncelli";
  o.settings.riesz_order = orders;
  return o;
}

TEST(FourierKernel, multipliedSpectra) {
  // Lengths of every kind: powers of two, with factors 3 and 5, with larger primes.
  std::vector<Order> orders{order<std::int16_t>({16, 12, 10}, 1, {{}, {16, 12, 10}}),
      order<float>({13, 7, 22}, 2, {{3, 0, 5}, {6, 7, 2}}),
      flat(order<double>({9, 14, 8}, 3, {{2, 1, 0}, {4, 13, 8}}), 0),
      flat(order<std::uint8_t>({11, 6, 15}, 4, {{1, 2, 3}, {10, 3, 7}}), 1),
      flat(order<std::int32_t>({4, 21, 10}, 5, {{3, 20, 9}, {1, 1, 1}}), 2),
      turned(order<std::uint16_t>({10, 17, 9}, 6, {{0, 5, 1}, {9, 7, 8}}), {1, 0, 2}),
      turned(flat(order<std::int8_t>({26, 8, 3}, 7, {{12, 0, 1}, {14, 8, 1}}), 0), {0, 1, 0})};
  orders[0].levels = {1, 2};
  orders[1].levels = {2, 1, 2};
  for (const unsigned seed : {1u, 2u}) EXPECT_EQ(expect_equal(orders, {}, seed), 6);
  EXPECT_EQ(expect_equal({orders[1]}, {}, 3), 6) << "launches depend on the number of images";
}

TEST(FourierKernel, planesOfWaves) {
  const auto wave = [](Order o, FilterBoundary boundary) {
    o.settings.filter_boundary = boundary;
    o.settings.gabor_sigma_mm = 1.3;
    o.settings.gabor_lambda_mm = 3;
    o.settings.gabor_gamma = 1.5;
    o.settings.gabor_theta_deg = 30;
    return o;
  };
  auto pooled = [&](FilterPooling pooling, double step, std::uint32_t seed) {
    auto o = wave(order<float>({9, 8, 7}, seed, {{2, 1, 3}, {5, 6, 2}}), FilterBoundary::mirror);
    o.settings.filter_pooling = pooling;
    o.settings.gabor_theta_step_deg = step;
    o.settings.filter_rotation_invariant = true;
    return o;
  };
  const std::vector<Order> orders{wave(order<std::int16_t>({12, 10, 4}, 1, {{}, {12, 10, 4}}), FilterBoundary::zero),
      wave(order<double>({5, 20, 3}, 2, {{1, 4, 1}, {3, 9, 2}}), FilterBoundary::nearest),
      wave(flat(order<std::uint8_t>({3, 9, 11}, 3, {{1, 0, 2}, {1, 9, 8}}), 2), FilterBoundary::periodic),
      wave(flat(order<std::int32_t>({10, 4, 9}, 4, {{0, 3, 0}, {10, 1, 1}}), 1), FilterBoundary::mirror)};
  EXPECT_EQ(expect_equal({}, orders, 1), 4);
  EXPECT_EQ(
      expect_equal({}, {pooled(FilterPooling::max, 90, 5), pooled(FilterPooling::mean, 60, 6)}, 2), 3 * (2 + 2 * 3));
  expect_equal({order<float>({8, 9, 7}, 8, {{1, 2, 3}, {4, 5, 2}})}, {pooled(FilterPooling::min, 90, 7)}, 3);
}

TEST(FourierKernel, lengthsThatHaveKernels) {
  EXPECT_TRUE(fourier::has_kernel(3072));
  EXPECT_FALSE(fourier::has_kernel(3125));
  EXPECT_TRUE(fourier::has_kernel(1511));  // a prime: 3,072 samples hold its convolution
  EXPECT_FALSE(fourier::has_kernel(1543));
}

}  // namespace
}  // namespace radloom::test::fourier_kernels
