// Separable convolutions on the emulated device against the cpu's, bit for bit: blocks of images of every type, every boundary, boxes anywhere.
#include <gtest/gtest.h>

#include <algorithm>

#include "filters/laws/laws.hpp"
#include "filters/log/image_type.hpp"
#include "filters/mean/mean.hpp"
#include "filters/wavelet/image_type.hpp"
#include "kernels/convolve/stage.hpp"
#include "kernels/image_case.hpp"
#include "preprocess/crop.hpp"

namespace radloom::test::convolve_kernels {
namespace {

using Size = std::array<std::int64_t, 3>;

constexpr FilterBoundary boundaries[]{
    FilterBoundary::zero, FilterBoundary::nearest, FilterBoundary::periodic, FilterBoundary::mirror};

/// An image, and an image type that is asked of a box of it.
struct Order {
  Volume image;
  Box box;
  std::string image_type;
  Settings settings = {};
};

template <class S>
Order whole_of(const Size& size, std::uint32_t seed, const std::string& image_type, const Settings& settings = {}) {
  return {random_volume<S>(size, seed, {0.8, 1, 2.5}), {{}, size}, image_type, settings};
}

Settings with(FilterBoundary boundary, std::optional<int> force_2d_dimension = {}) {
  Settings s;
  s.filter_boundary = boundary;
  s.force_2d = force_2d_dimension.has_value();
  s.force_2d_dimension = force_2d_dimension.value_or(0);
  s.mean_support = 3;
  s.log_sigma_mm = {{1.2}};
  s.laws_kernels = s.force_2d ? "L5E3" : "L5E3W5";
  s.laws_energy_delta = 2;
  return s;
}

/// Filters all orders in one batch, each out of the block that the filter asks for, and compares with the cpu's of the whole image.
/// Returns how many launches there were.
std::int64_t expect_equal(const std::vector<Order>& orders, unsigned seed) {
  simt::Device device({.seed = seed});
  std::int64_t launches = 0;
  {
    SentImages images(device);
    std::vector<convolve::Stage<simt::Device>::Wanted> batch;
    std::vector<std::vector<DerivedImage>> wanted(orders.size());
    const auto request = [&](std::size_t i) {
      return filters::Request{orders[i].settings, Convention::ibsi, wanted[i]};
    };
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const auto& o = orders[i];
      for (int k = 0; k < (o.image_type == "LoG" ? int(o.settings.log_sigma_mm.size()) : 1); ++k)
        wanted[i].emplace_back().index = k;
      if (o.image_type == "Wavelet") {
        wanted[i].front().index = 1;
        wanted[i].front().band = 5;
        wanted[i].emplace_back().index = 2;
        wanted[i].back().band = 2;
      }
      const auto grid = filters::grid_of(o.image.geometry());
      const auto plan_of = o.image_type == "Mean"   ? mean::plan
                           : o.image_type == "Laws" ? laws::plan
                           : o.image_type == "LoG"  ? log::plan
                                                    : wavelet::plan;
      std::vector<convolve::Plan> plans;
      for (const auto& image : wanted[i]) plans.push_back(plan_of(request(i), image, grid));
      const Box needed = filters::needed(o.image_type, request(i), o.box, grid);
      batch.push_back({images.send({crop(o.image, needed), needed.first, grid.size}), o.box, std::move(plans)});
    }
    const auto before = device.statistics().launches;
    convolve::Stage<simt::Device> stage(device, 0, batch);
    launches = std::int64_t(device.statistics().launches - before);
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const auto expected =
          filters::derive(orders[i].image_type, request(i), filters::whole_block(orders[i].image), orders[i].box, {});
      for (std::size_t k = 0; k < expected.size(); ++k)
        expect_bits(device, stage.take(i, k), expected[k],
            orders[i].image_type + ", image " + std::to_string(i) + ", " + std::to_string(k));
    }
  }
  device.finish();
  return launches;
}

TEST(ConvolveKernel, equalsTheCpuInEveryBoundaryAndPlane) {
  for (const auto boundary : boundaries) {
    std::vector<Order> orders;
    for (const std::optional<int> flat : {std::optional<int>{}, std::optional<int>{0}, {1}, {2}})
      for (const char* type : {"Mean", "Laws", "LoG"})
        orders.push_back(whole_of<std::int16_t>({13, 9, 6}, 3, type, with(boundary, flat)));
    expect_equal(orders, 1);
  }
}

// Beside each other and alone, in any order, whatever the schedule; a tile is full, or ends in the middle.
// The standard's wavelets, of which each level goes over what the one before it made.
TEST(ConvolveKernel, wavelets) {
  std::vector<Order> orders;
  for (const auto boundary : {FilterBoundary::zero, FilterBoundary::nearest, FilterBoundary::mirror})
    for (const std::optional<int> flat : {std::optional<int>{}, {1}})
      orders.push_back(whole_of<std::int16_t>({9, 8, 7}, 5, "Wavelet", with(boundary, flat)));
  orders[0].settings.wavelet = "db3";
  orders[1].box = {{3, 1, 2}, {4, 2, 5}};
  for (auto& o : orders) o.settings.filter_rotation_invariant = o.settings.force_2d;
  orders[1].settings.filter_pooling = FilterPooling::min;
  orders[3].settings.filter_pooling = FilterPooling::mean;
  orders.push_back(whole_of<float>({6, 5, 7}, 6, "Wavelet", with(FilterBoundary::periodic)));
  orders.back().settings.filter_rotation_invariant = true;
  orders.back().box = {{1, 0, 2}, {2, 3, 4}};
  expect_equal(orders, 4);
}

TEST(ConvolveKernel, everyTypeInOneBatch) {
  std::vector<Order> orders{whole_of<std::int16_t>({33, 25, 6}, 1, "Mean", with(FilterBoundary::mirror)),
      whole_of<double>({1, 6, 33}, 2, "LoG", with(FilterBoundary::zero, 2)),
      whole_of<std::uint8_t>({32, 5, 1}, 3, "Laws", with(FilterBoundary::periodic, 0)),
      whole_of<float>({9, 9, 9}, 4, "LoG", with(FilterBoundary::nearest)),
      whole_of<std::int32_t>({2, 2, 2}, 5, "Laws", with(FilterBoundary::mirror)),
      whole_of<std::uint16_t>({16, 16, 16}, 6, "Mean", with(FilterBoundary::zero)),
      whole_of<std::uint32_t>({7, 3, 5}, 7, "Mean", with(FilterBoundary::periodic)),
      whole_of<std::int8_t>({6, 35, 4}, 8, "Laws", with(FilterBoundary::nearest))};
  orders[1].settings.log_sigma_mm = {{1}, {3}};
  EXPECT_EQ(expect_equal(orders, 1), 12) << "three terms and energy, along three axes";
  std::reverse(orders.begin(), orders.end());
  EXPECT_EQ(expect_equal(orders, 2), 12);
  EXPECT_EQ(expect_equal({orders[7]}, 3), 3) << "launches depend on the number of images";
}

// Rotations of three different kernels are 24, of two in slices 4; no energy follows, and some images have fewer rotations.
TEST(ConvolveKernel, poolsRotations) {
  for (const auto pooling : {FilterPooling::max, FilterPooling::min, FilterPooling::mean}) {
    Settings s = with(FilterBoundary::mirror);
    s.filter_rotation_invariant = true;
    s.filter_pooling = pooling;
    Settings flat = s;
    flat.force_2d = true;
    flat.laws_kernels = "E5S5";
    flat.laws_energy_delta = {};
    Settings even = s;
    even.laws_kernels = "L5S5L3";
    EXPECT_EQ(
        expect_equal({whole_of<std::int16_t>({7, 6, 5}, 1, "Laws", s), whole_of<float>({9, 8, 2}, 2, "Laws", flat),
                         whole_of<std::int16_t>({6, 7, 4}, 3, "Laws", even)},
            4),
        3 * 24 + 3);
  }
}

TEST(ConvolveKernel, boxesInsideTheImage) {
  for (const auto boundary : boundaries) {
    std::vector<Order> orders;
    for (const Box& box : {Box{{5, 3, 2}, {7, 6, 4}}, Box{{0, 20, 9}, {24, 1, 2}}, Box{{23, 0, 16}, {1, 1, 1}},
             Box{{1, 1, 1}, {20, 3, 2}}})
      for (const char* type : {"Mean", "Laws", "LoG"})
        orders.push_back({random_volume<std::int16_t>({24, 21, 17}, 8, {1, 0.9, 2}), box, type, with(boundary)});
    for (auto& o : orders) o.settings.log_sigma_mm = {{2}, {0.7}};
    expect_equal(orders, 9);
  }
}

TEST(ConvolveKernel, filtersLongerThanTheImage) {
  for (const auto boundary : boundaries) {
    Settings s = with(boundary);
    s.mean_support = 15;
    s.laws_energy_delta = 9;
    s.log_sigma_mm = {{3}};
    expect_equal({whole_of<std::int16_t>({3, 2, 4}, 1, "Mean", s), whole_of<std::int16_t>({3, 2, 4}, 2, "Laws", s),
                     whole_of<std::int16_t>({3, 2, 4}, 3, "LoG", s)},
        5);
  }
}

// A kernel of one voxel copies: -0 stays -0, which is no sum with 0.
TEST(ConvolveKernel, copiesWhatAKernelOfOneVoxelLeavesAlone) {
  Settings s = with(FilterBoundary::mirror);
  s.mean_support = 1;
  Geometry grid;
  grid.size = {2, 2, 2};
  const Volume zeros = Volume::from(grid, std::vector<float>(8, -0.0F));
  EXPECT_EQ(expect_equal({{zeros, {{}, grid.size}, "Mean", s}}, 6), 3);
}

// What no image type asks for yet: kernels along other axes than those before them, off their middle, with voxels between their taps.
TEST(ConvolveKernel, anyKernels) {
  const filters::Kernel wide{{0.5, -1, 0.25}, -4, 3}, even{{1, 2}, 0, 1}, copy{{1}, 0, 1}, none;
  const Size size{11, 8, 7};
  const Volume image = random_volume<std::int16_t>(size, 12);
  const auto block = filters::whole_block(image);
  for (const auto boundary : boundaries) {
    simt::Device device;
    {
      SentImages images(device);
      using filters::Kernels, filters::Merge;
      const std::vector<convolve::Plan> plans{
          {{{Kernels{wide, none, none}}, {Kernels{none, none, even}}}, Merge::mean, boundary},
          {{{Kernels{none, wide, even}}}, Merge::max, boundary, Kernels{none, none, wide}},
          {{{Kernels{copy, none, wide}}, {Kernels{none, even, wide}}, {Kernels{even, none, none}}}, Merge::min,
              boundary},
          // Chains of different lengths, whose links go along one axis, two or all.
          {{{Kernels{even, none, none}, Kernels{none, wide, copy}, Kernels{wide, even, even}},
               {Kernels{none, none, even}}, {Kernels{copy, even, wide}, Kernels{none, none, wide}}},
              Merge::sum, boundary},
          {{{Kernels{even, even, even}, Kernels{even, even, even}},
               {Kernels{wide, none, none}, Kernels{none, wide, none}}},
              Merge::mean, boundary, Kernels{none, even, none}}};
      const Box box{{2, 1, 3}, {6, 7, 2}};
      convolve::Stage<simt::Device> stage(device, 0, {{images.send(block), box, plans}});
      for (std::size_t k = 0; k < plans.size(); ++k)
        expect_bits(device, stage.take(0, k), convolve::respond(plans[k], block, box, {}), "plan " + std::to_string(k));
    }
    device.finish();
  }
}

TEST(ConvolveKernel, refusesABlockThatLacksVoxels) {
  simt::Device device;
  const Settings s = with(FilterBoundary::mirror);
  const Size size{8, 8, 8}, whole{8, 9, 8};
  const ImageOnDevice image{{}, ScalarType::int16, size, {}, whole, {1, 1, 1}};
  const auto plan = mean::plan({s, Convention::ibsi, {}}, {}, {whole, {1, 1, 1}});
  EXPECT_THROW((convolve::Stage<simt::Device>(device, 0, {{image, Box{{}, size}, {plan}}})), Error);
  device.finish();
}

}  // namespace
}  // namespace radloom::test::convolve_kernels
