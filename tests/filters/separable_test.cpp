// Sets of kernels that share their passes, against each set by itself in plain loops, bit for bit.
#include "filters/common/separable.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "preprocess/crop.hpp"

namespace radloom::test {
namespace {

using filters::Kernel, filters::Kernels, filters::Merge, filters::Separable;
using Index = std::array<std::int64_t, 3>;

constexpr FilterBoundary boundaries[]{
    FilterBoundary::zero, FilterBoundary::nearest, FilterBoundary::periodic, FilterBoundary::mirror};

/// Zeros of both signs are among the values.
template <class S>
Volume image_of(const Index& size, unsigned seed) {
  Geometry grid;
  grid.size = size;
  std::mt19937 random(seed);
  std::vector<S> values(std::size_t(grid.voxels()));
  const double below = std::is_signed_v<S> ? 100 : 0;
  for (S& v : values)
    v = random() % 8 == 0 ? S(-0.0) : random() % 4 == 0 ? S(0) : S(double(random() % 2000) / 8 - below);
  return Volume::from(grid, std::move(values));
}

/// Sums over the whole image along an axis, from 0 on in the order of the weights.
std::vector<double> pass(
    const std::vector<double>& in, const Index& size, int axis, const Kernel& kernel, FilterBoundary boundary) {
  if (kernel.weights.empty() || kernel.copies()) return in;
  const Index stride{1, size[0], size[0] * size[1]};
  std::vector<double> out(in.size());
  for (std::int64_t i = 0; i < std::int64_t(in.size()); ++i) {
    const std::int64_t at = i / stride[axis] % size[axis];
    double sum = 0;
    for (std::size_t k = 0; k < kernel.weights.size(); ++k) {
      const auto p = filters::position_of(at + kernel.first + std::int64_t(k) * kernel.step, size[axis], boundary);
      sum += kernel.weights[k] * (p < 0 ? 0.0 : in[std::size_t(i + (p - at) * stride[axis])]);
    }
    out[std::size_t(i)] = sum;
  }
  return out;
}

std::vector<double> definition(
    const Volume& image, const std::vector<Kernels>& sets, Merge merge, bool magnitude, FilterBoundary boundary) {
  std::vector<double> values, all;
  image.visit([&](const auto& voxels) { values.assign(voxels.begin(), voxels.end()); });
  for (const auto& kernels : sets) {
    auto response = values;
    for (int d = 0; d < 3; ++d) response = pass(response, image.geometry().size, d, kernels[d], boundary);
    if (all.empty()) all = response;
    else
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = filters::merged(merge, all[i], response[i]);
  }
  for (double& v : all) {
    if (merge == Merge::mean) v /= double(sets.size());
    if (magnitude) v = std::abs(v);
  }
  return all;
}

/// In the whole image, and in boxes of the block that the sets reach.
void expect_definition(const Volume& image, const std::vector<Kernels>& sets, const std::vector<Box>& boxes,
    Merge merge = Merge::sum, bool magnitude = false) {
  const auto& size = image.geometry().size;
  const Separable filter(sets, merge, magnitude);
  for (const auto boundary : boundaries) {
    const Volume expected = Volume::from(image.geometry(), definition(image, sets, merge, magnitude, boundary));
    for (const Box& box : boxes) {
      Box known = filters::reach(box, sets[0], boundary, size);
      for (const auto& kernels : sets) known = hull_of(known, filters::reach(box, kernels, boundary, size));
      std::vector<double> made(std::size_t(box.voxels()));
      filter.respond({crop(image, known), known.first, size}, box, boundary, {}, made.data());
      const Volume part = crop(expected, box);
      ASSERT_EQ(std::memcmp(made.data(), part.data(), made.size() * sizeof(double)), 0)
          << int(boundary) << " " << int(merge) << ", box from " << box.first[0] << " of " << box.size[0];
    }
  }
}

/// Kernels of these lengths: lopsided, odd and even.
Kernels kernels_of(std::mt19937& random, const Index& taps, std::int64_t step = 1) {
  Kernels out;
  for (int d = 0; d < 3; ++d) {
    for (std::int64_t k = 0; k < taps[d]; ++k) out[d].weights.push_back(double(random() % 1000) / 300 - 1.5);
    out[d].first = -(taps[d] / 2) * step;
    out[d].step = step;
  }
  return out;
}

TEST(Separable, rotationsOfLawsShareWhatTheyBeginWithAndNeedNoOtherSign) {
  const Kernel level = filters::centred({1, 4, 6, 4, 1}), edge = filters::centred({-1, -2, 0, 2, 1});
  const Kernels kernels{level, edge, edge};
  std::vector<Kernels> sets;
  for (const auto& rotation : filters::rotations({true, true, true})) sets.push_back(rotated(kernels, rotation));
  const auto passes = [](const Separable& s) {
    return Index{std::int64_t(s.axes[0].nodes.size()), std::int64_t(s.axes[1].nodes.size()),
        std::int64_t(s.axes[2].nodes.size())};
  };
  const Separable mean(sets, Merge::mean), most(sets, Merge::max);
  EXPECT_EQ(passes(mean), (Index{2, 3, 3}));
  EXPECT_EQ(passes(most), (Index{2, 3, 3}));
  EXPECT_EQ(mean.responses.size(), 24u);
  EXPECT_EQ(most.responses.size(), 6u) << "three responses with both signs";
  const Index size{13, 11, 9};
  for (const Merge merge : {Merge::sum, Merge::mean, Merge::max, Merge::min})
    for (const bool magnitude : {false, true})
      expect_definition(image_of<std::int16_t>(size, 1), sets, {{{}, size}, {{9, 2, 3}, {4, 7, 1}}}, merge, magnitude);
}

TEST(Separable, anySets) {
  std::mt19937 random(7);
  const Kernel copy{{1}, 0, 1}, turned{{-1}, 0, 1}, none;
  const Kernels a = kernels_of(random, {3, 4, 2}), b = kernels_of(random, {5, 2, 1}),
                c = kernels_of(random, {2, 3, 3}, 2);
  const Index size{19, 9, 12};
  for (const auto& sets : std::vector<std::vector<Kernels>>{{a, b, c},
           {a, {a[0], b[1], c[2]}, {a[0], a[1], none}, {none, none, none}, {none, copy, c[2]}},
           {{turned, none, none}, {copy, copy, copy}, {none, turned, turned}, {none, reversed(a[1]), none}}})
    for (const Merge merge : {Merge::sum, Merge::mean, Merge::max, Merge::min}) {
      expect_definition(image_of<double>(size, 2), sets, {{{}, size}, {{3, 4, 5}, {1, 1, 7}}}, merge);
      expect_definition(image_of<float>(size, 3), sets, {{{18, 0, 2}, {1, 9, 3}}}, merge, true);
    }
}

// Means of boxes, whose weights are equal, in rows of whole vectors and others; and a first response that may be -0 and so is no sum.
TEST(Separable, equalWeights) {
  for (const int side : {1, 2, 3, 5, 7, 8, 15, 16})
    for (const Index& size : {Index{150, 11, 9}, Index{5, 26, 3}, Index{64, 3, 20}}) {
      const auto box = filters::centred(std::vector<double>(std::size_t(side), 1.0 / side));
      expect_definition(image_of<double>(size, 3), {{box, box, box}}, {{{}, size}, {{1, 0, 0}, {3, 1, 2}}});
    }
  const Kernel copy{{1}, 0, 1}, turned{{-1}, 0, 1}, none;
  for (const Merge merge : {Merge::sum, Merge::mean})
    expect_definition(
        image_of<double>({19, 9, 12}, 2), {{copy, none, none}, {turned, copy, copy}}, {{{}, {19, 9, 12}}}, merge);
}

// Rows longer than a tile, more rows than a tile has, and more planes than one goes over; filters that are longer than the image.
TEST(Separable, manyTiles) {
  std::mt19937 random(5);
  const Kernels few = kernels_of(random, {3, 3, 3}), many = kernels_of(random, {25, 21, 23});
  for (const Index& size : {Index{1030, 9, 2}, Index{6, 150, 5}, Index{3, 4, 260}, Index{700, 60, 1}, Index{5, 3, 4}})
    expect_definition(image_of<std::uint8_t>(size, 6), {few, {many[0], few[1], many[2]}}, {{{}, size}});
  expect_definition(image_of<double>({9, 60, 30}, 8), {many}, {{{}, {9, 60, 30}}, {{3, 30, 11}, {2, 20, 6}}});
}

// Two kernels that look to either side: nobody has to know what lies between.
TEST(Separable, reachesThatDoNotMeet) {
  const Kernel left{{1, 2, 3}, -6, 1}, right{{1, -1, 0.5}, 8, 1};
  for (const auto& sets : std::vector<std::vector<Kernels>>{{{left, {}, {}}, {right, {}, {}}},
           {{Kernel{}, left, {}}, {Kernel{}, right, {}}}, {{Kernel{}, {}, left}, {Kernel{}, {}, right}}})
    expect_definition(image_of<float>({20, 21, 22}, 4), sets, {{{17, 17, 17}, {2, 2, 2}}, {{}, {1, 2, 1}}});
}

TEST(Separable, refusesABlockThatLacksVoxels) {
  const Index size{8, 8, 8};
  const Volume part = crop(image_of<float>(size, 9), {{0, 0, 0}, {8, 8, 6}});
  const Separable filter(std::vector<Kernels>{{Kernel{}, {}, filters::centred({1, 2, 1})}});
  std::vector<double> out(64 * 6);
  EXPECT_NO_THROW(filter.respond({part, {}, size}, {{}, {8, 8, 5}}, FilterBoundary::mirror, {}, out.data()));
  EXPECT_THROW(filter.respond({part, {}, size}, {{}, {8, 8, 6}}, FilterBoundary::mirror, {}, out.data()), Error);
}

}  // namespace
}  // namespace radloom::test
