// What the standard's filters are made of, against their definitions.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "filters/common/convolve.hpp"
#include "filters/fourier/fourier.hpp"
#include "filters/registry.hpp"

namespace radloom::test {
namespace {

using filters::Complex;
using Index = std::array<std::int64_t, 3>;

TEST(Boundary, asTheStandardDrawsIt) {
  // a b c: what lies left and right of it
  const auto row = [](FilterBoundary boundary) {
    std::string text;
    for (std::int64_t p = -4; p < 7; ++p) {
      const auto at = filters::position_of(p, 3, boundary);
      text += at < 0 ? '0' : "abc"[at];
    }
    return text;
  };
  EXPECT_EQ(row(FilterBoundary::zero), "0000abc0000");
  EXPECT_EQ(row(FilterBoundary::nearest), "aaaaabccccc");
  EXPECT_EQ(row(FilterBoundary::periodic), "cabcabcabca");
  EXPECT_EQ(row(FilterBoundary::mirror), "ccbaabccbaa");
  EXPECT_EQ(filters::position_of(-9, 1, FilterBoundary::mirror), 0);
}

/// The sum of the definition, in three dimensions at once.
double definition(const std::vector<double>& image, const Index& size, const Index& at, const filters::Kernels& k,
    FilterBoundary boundary) {
  const auto taps = [&](int d) { return std::max<std::size_t>(1, k[d].weights.size()); };
  const auto weight = [&](int d, std::size_t i) { return k[d].weights.empty() ? 1.0 : k[d].weights[i]; };
  const auto place = [&](int d, std::size_t i) {
    const std::int64_t p = at[d] + (k[d].weights.empty() ? 0 : k[d].first + std::int64_t(i) * k[d].step);
    return filters::position_of(p, size[d], boundary);
  };
  double sum = 0;
  for (std::size_t c = 0; c < taps(2); ++c)
    for (std::size_t b = 0; b < taps(1); ++b)
      for (std::size_t a = 0; a < taps(0); ++a) {
        const auto x = place(0, a), y = place(1, b), z = place(2, c);
        if (x < 0 || y < 0 || z < 0) continue;
        sum += weight(0, a) * weight(1, b) * weight(2, c) * image[std::size_t((z * size[1] + y) * size[0] + x)];
      }
  return sum;
}

TEST(Convolve, equalsTheDefinition) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> value(-1, 1);
  const auto vector = [&](std::size_t n) {
    std::vector<double> v(n);
    for (double& x : v) x = value(random);
    return v;
  };
  const Index size{9, 5, 4};
  const filters::Field image{{{}, size}, vector(180)};
  const filters::Kernels kernels[] = {
      {filters::centred(vector(3)), filters::centred(vector(5)), filters::centred(vector(3))},
      {filters::Kernel{vector(4), -1, 1}, filters::Kernel{vector(2), 0, 3}, {}},
      {filters::Kernel{vector(6), -8, 4}, {}, filters::Kernel{vector(11), -2, 1}},
      {filters::centred(vector(21)), filters::centred(vector(13)), filters::centred(vector(9))}};
  for (const auto boundary :
      {FilterBoundary::zero, FilterBoundary::nearest, FilterBoundary::periodic, FilterBoundary::mirror})
    for (const auto& k : kernels)
      for (const Box& box : {Box{{}, size}, Box{{3, 1, 2}, {4, 2, 1}}}) {
        const auto made = filters::convolve(image, box, k, boundary, size, {});
        ASSERT_EQ(made.box, box);
        std::size_t at = 0;
        for (std::int64_t z = 0; z < box.size[2]; ++z)
          for (std::int64_t y = 0; y < box.size[1]; ++y)
            for (std::int64_t x = 0; x < box.size[0]; ++x, ++at)
              ASSERT_NEAR(made.values[at],
                  definition(image.values, size, {box.first[0] + x, box.first[1] + y, box.first[2] + z}, k, boundary),
                  1e-12);
      }
}

TEST(Rotations, thereAre24InSpaceAnd4InAPlane) {
  const auto all = filters::rotations({true, true, true});
  EXPECT_EQ(all.size(), 24u);
  EXPECT_EQ(filters::rotations({true, false, true}).size(), 4u);
  EXPECT_EQ(all[0].from, (std::array<int, 3>{0, 1, 2}));
  EXPECT_EQ(all[0].reversed, (std::array<bool, 3>{}));
  Settings s;
  const auto k = filters::centred({1, 2, 4});
  EXPECT_EQ(filters::rotations_of(s, {{k, k, k}}).size(), 1u) << "nothing is asked for";
  s.filter_rotation_invariant = true;
  EXPECT_EQ(filters::rotations_of(s, {{k, k, k}}).size(), 8u) << "three like kernels: their reversals alone differ";
  const auto even = filters::centred({1, 2, 1});
  EXPECT_EQ(filters::rotations_of(s, {{even, even, k}}).size(), 6u);
}

/// An image turned by a right angle has the turned response, whatever the filter.
TEST(Rotations, aTurnedImageHasTheTurnedResponse) {
  const Index size{7, 7, 7};
  const auto turn = [&](const std::vector<double>& from) {  // x goes to y, y to -x
    std::vector<double> to(from.size());
    for (std::int64_t z = 0; z < 7; ++z)
      for (std::int64_t y = 0; y < 7; ++y)
        for (std::int64_t x = 0; x < 7; ++x)
          to[std::size_t((z * 7 + x) * 7 + 6 - y)] = from[std::size_t((z * 7 + y) * 7 + x)];
    return to;
  };
  std::mt19937 random(5);
  std::vector<double> values(343);
  for (double& v : values) v = double(random() % 256);
  Geometry grid;
  grid.size = size;
  for (const char* settings : {"Laws: {laws_kernels: L5E5W5, laws_energy_delta: 1}",
           "Laws: {laws_kernels: E5L5S5, laws_energy_delta: null, filter_pooling: min}",
           "Wavelet: {wavelet: db2, filter_pooling: mean}",
           "Wavelet: {wavelet: coif1, filter_pooling: max, wavelet_start_level: 1}",
           "Gabor: {gabor_sigma_mm: 1.5, gabor_lambda_mm: 4, gabor_theta_step_deg: 30}"}) {
    const Config config = parse_config(
        std::string("image_types: {") + settings + "}\nsettings: {filter_rotation_invariant: true}", "turned");
    const auto& type = config.image_types[0];
    const auto images = images_of(type, config.convention);
    const filters::Request request{type.settings, config.convention, images};
    const auto response = [&](const std::vector<double>& image) {
      return filters::derive(type.name, request, filters::whole_block(Volume::from(grid, image)), {{}, size}, {});
    };
    const auto straight = response(values), turned = response(turn(values));
    for (std::size_t i = 0; i < images.size(); ++i) {
      const auto span = straight[i].as<double>();
      const auto expected = turn({span.begin(), span.end()});
      const auto made = turned[i].as<double>();
      for (std::size_t v = 0; v < expected.size(); ++v)
        ASSERT_NEAR(made[v], expected[v], 1e-9 * 256) << settings << " " << images[i].name;
    }
  }
}

/// The modulus of the sum of the definition, over an image that the filter is larger than, whatever lies beyond its border.
TEST(Gabor, equalsItsDefinition) {
  const Index size{6, 5, 3};
  Geometry grid;
  grid.size = size;
  grid.spacing_mm = {1, 0.5, 2};
  std::mt19937 random(9);
  std::vector<double> values(90);
  for (double& v : values) v = double(random() % 256);
  const double sigma = 1.5, lambda = 3, gamma = 0.8;
  for (const auto& [named, boundary] :
      {std::pair{"zero", FilterBoundary::zero}, std::pair{"nearest", FilterBoundary::nearest},
          std::pair{"periodic", FilterBoundary::periodic}, std::pair{"mirror", FilterBoundary::mirror}})
    for (const auto& [pooled, pooling] : {std::pair{"max", FilterPooling::max}, std::pair{"min", FilterPooling::min},
             std::pair{"mean", FilterPooling::mean}}) {
      const Config config =
          parse_config(std::string("image_types: {Gabor: {gabor_sigma_mm: 1.5, gabor_lambda_mm: 3, gabor_gamma: 0.8, "
                                   "gabor_theta_step_deg: 45, filter_boundary: ") +
                           named + ", filter_pooling: " + pooled + "}}",
              "gabor");
      const auto images = images_of(config.image_types[0], config.convention);
      const auto made = filters::derive("Gabor", {config.image_types[0].settings, config.convention, images},
          filters::whole_block(Volume::from(grid, values)), {{}, size}, {});
      const auto ours = made.at(0).as<double>();
      for (const Index& at : {Index{0, 0, 0}, Index{3, 2, 1}, Index{5, 4, 2}}) {
        double expected = pooling == FilterPooling::min ? INFINITY : 0;
        for (int k = 0; k < 8; ++k) {
          const double theta = k * M_PI / 4;
          Complex sum = 0;
          for (std::int64_t j = -40; j <= 40; ++j)
            for (std::int64_t i = -40; i <= 40; ++i) {
              const auto x = filters::position_of(at[0] - i, size[0], boundary);
              const auto y = filters::position_of(at[1] - j, size[1], boundary);
              if (x < 0 || y < 0) continue;
              const double a = double(i), b = 0.5 * double(j);
              const double u = a * std::cos(theta) + b * std::sin(theta),
                           v = -a * std::sin(theta) + b * std::cos(theta);
              sum += values[std::size_t((at[2] * size[1] + y) * size[0] + x)] *
                     std::exp(-(u * u + gamma * gamma * v * v) / (2 * sigma * sigma)) *
                     std::exp(Complex(0, 2 * M_PI * u / lambda));
            }
          const double modulus = std::abs(sum);
          if (pooling == FilterPooling::max) expected = std::max(expected, modulus);
          else if (pooling == FilterPooling::min) expected = std::min(expected, modulus);
          else expected += modulus / 8;
        }
        EXPECT_NEAR(ours[std::size_t((at[2] * size[1] + at[1]) * size[0] + at[0])], expected, 1e-4)
            << named << ", " << pooled;  // the envelope is cut where it is 2e-8
      }
    }
}

TEST(Fourier, equalsItsDefinition) {
  std::mt19937 random(3);
  for (const Index& size :
      {Index{7, 1, 1}, Index{1, 12, 1}, Index{4, 3, 11}, Index{5, 6, 1}, Index{37, 2, 1}, Index{3, 1, 94}})
    for (const auto& axes : {std::array<bool, 3>{true, true, true}, std::array<bool, 3>{true, false, true}}) {
      std::vector<Complex> image(std::size_t(size[0] * size[1] * size[2]));
      for (auto& v : image) v = {double(random() % 100), double(random() % 100)};
      auto made = image;
      filters::fourier(made, size, axes, false);
      const auto at = [&](std::int64_t x, std::int64_t y, std::int64_t z) {
        return std::size_t((z * size[1] + y) * size[0] + x);
      };
      for (std::int64_t c = 0; c < size[2]; ++c)
        for (std::int64_t b = 0; b < size[1]; ++b)
          for (std::int64_t a = 0; a < size[0]; ++a) {
            Complex sum = 0;
            for (std::int64_t z = 0; z < size[2]; ++z)
              for (std::int64_t y = 0; y < size[1]; ++y)
                for (std::int64_t x = 0; x < size[0]; ++x) {
                  if ((!axes[0] && x != a) || (!axes[1] && y != b) || (!axes[2] && z != c)) continue;
                  double phase = 0;
                  if (axes[0]) phase += double(a * x) / double(size[0]);
                  if (axes[1]) phase += double(b * y) / double(size[1]);
                  if (axes[2]) phase += double(c * z) / double(size[2]);
                  sum += image[at(x, y, z)] * std::exp(Complex(0, -2 * M_PI * phase));
                }
            ASSERT_NEAR(std::abs(made[at(a, b, c)] - sum), 0, 1e-9);
          }
      filters::fourier(made, size, axes, true);
      for (std::size_t i = 0; i < image.size(); ++i) ASSERT_NEAR(std::abs(made[i] - image[i]), 0, 1e-10);
    }
  EXPECT_EQ(filters::fast_size(97), 100);
  EXPECT_EQ(filters::fast_size(128), 128);
  EXPECT_EQ(filters::frequency(0, 1), 0);
  EXPECT_EQ(filters::frequency(0, 5), 0);
  EXPECT_EQ(filters::frequency(2, 5), 1);
  EXPECT_EQ(filters::frequency(2, 4), -1);
  EXPECT_EQ(filters::frequency(0, 4), 1.0 / 3);
}

}  // namespace
}  // namespace radloom::test
