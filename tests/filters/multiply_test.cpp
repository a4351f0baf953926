// Images whose spectra are multiplied, against the definition: every number of the spectrum, transformed by sums.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>

#include "filters/fourier/frequency.hpp"
#include "filters/fourier/multiply.hpp"
#include "preprocess/crop.hpp"

namespace radloom::test {
namespace {

using Complex = std::complex<double>;
using Index = std::array<std::int64_t, 3>;

std::int64_t count(const Index& size) { return size[0] * size[1] * size[2]; }

/// Sums along the axes, by their definition.
std::vector<Complex> transformed(
    std::vector<Complex> values, const Index& size, const std::array<bool, 3>& axes, int sign) {
  const Index stride{1, size[0], size[0] * size[1]};
  for (int d = 0; d < 3; ++d) {
    if (!axes[d]) continue;
    const auto from = values;
    std::vector<Complex> turn;
    for (std::int64_t k = 0; k < size[d]; ++k)
      turn.push_back(std::polar(1.0, sign * 2 * std::numbers::pi * double(k) / double(size[d])));
    for (std::int64_t i = 0; i < count(size); ++i) {
      const std::int64_t k = i / stride[d] % size[d], first = i - k * stride[d];
      Complex sum = 0;
      for (std::int64_t j = 0; j < size[d]; ++j)
        sum += from[std::size_t(first + j * stride[d])] * turn[std::size_t(j * k % size[d])];
      values[std::size_t(i)] = sum;
    }
  }
  return values;
}

std::vector<double> expected(
    const Volume& image, const std::array<bool, 3>& axes, const filters::Multiplier& multiplier) {
  const Index& size = image.geometry().size;
  std::vector<Complex> values;
  image.visit([&](auto voxels) { values.assign(voxels.begin(), voxels.end()); });
  auto spectrum = transformed(values, size, axes, -1);
  double samples = 1;
  for (int d = 0; d < 3; ++d)
    if (axes[d]) samples *= double(size[d]);
  for (std::int64_t i = 0; i < count(size); ++i) {
    std::int64_t rest = i;
    std::array<double, 3> nu{};
    Complex factor = 1;
    int odd = 0;
    for (int d = 0; d < 3; ++d) {
      if (axes[d]) nu[d] = filters::frequency(rest % size[d], size[d]);
      rest /= size[d];
      if (multiplier.odd[d] && nu[d] < 0) factor = -factor;
      odd += multiplier.odd[d];
    }
    if (odd % 2 == 1) factor *= Complex(0, 1);
    if (multiplier.at) factor *= multiplier.at(std::abs(nu[0]), std::abs(nu[1]), std::abs(nu[2]));
    double of_square = nu[0] * nu[0] + nu[1] * nu[1] + nu[2] * nu[2];
    if (multiplier.of_square) multiplier.of_square({&of_square, 1});
    else of_square = 1;
    spectrum[std::size_t(i)] *= factor * of_square / samples;
  }
  std::vector<double> out;
  for (const auto& v : transformed(spectrum, size, axes, 1)) out.push_back(v.real());
  return out;
}

/// Even, odd along some axes (and then 0 at their frequency 0), and 0 beyond a length; of the length alone, and of both.
std::vector<filters::Multiplier> multipliers() {
  const auto band = [](std::span<double> squares) {
    for (double& v : squares) v = v < 0.1 || v > 0.8 ? 0 : 1 / (v + 0.5);
  };
  return {{[](double x, double y, double z) { return std::exp(-x - 2 * y * y) + 0.3 * z; }},
      {[](double x, double y, double z) { return x * (1.5 - y * z); }, {true, false, false}},
      {[](double, double y, double z) { return y * z * z * z; }, {false, true, true}},
      {[](double x, double y, double z) { return x + y + z > 0.7 ? 0.0 : x * y * z + x * y; }, {true, true, false}},
      {[](double x, double y, double z) { return x * y * z; }, {true, true, true}}, {{}, {}, band},
      {[](double x, double y, double z) { return x + y * z; }, {true, false, false}, band}};
}

template <class S>
Volume image_of(const Index& size, std::uint32_t seed) {
  std::mt19937 random(seed);
  Geometry grid;
  grid.size = size;
  std::vector<S> values(std::size_t(count(size)));
  for (auto& v : values) v = S(random() % 200) / S(2);
  return Volume::from(grid, std::move(values));
}

void expect_as_defined(const Volume& image, const std::array<bool, 3>& axes) {
  const Index& size = image.geometry().size;
  Box some;
  for (int d = 0; d < 3; ++d) {
    some.first[d] = size[d] / 3;
    some.size[d] = (size[d] + 2) / 3;
  }
  const auto wanted = multipliers();
  const auto whole = filters::multiplied(filters::whole_block(image), axes, wanted, {{}, size}, nullptr, {});
  const auto part = filters::multiplied(filters::whole_block(image), axes, wanted, some, nullptr, {});
  ASSERT_EQ(whole.size(), wanted.size());
  ASSERT_EQ(part.size(), wanted.size());
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const auto made = whole[k].as<double>(), of_box = part[k].as<double>();
    const auto definition = expected(image, axes, wanted[k]);
    for (std::size_t i = 0; i < definition.size(); ++i)
      ASSERT_NEAR(made[i], definition[i], 1e-11) << k << ", " << i << " of " << size[0] << " " << size[1] << " "
                                                 << size[2] << ", axes " << axes[0] << axes[1] << axes[2];
    const Volume cropped = crop(whole[k], some);
    const auto same = cropped.as<double>();
    EXPECT_TRUE(std::equal(same.begin(), same.end(), of_box.begin(), of_box.end())) << k;
  }
}

TEST(MultipliedSpectra, equalTheirDefinition) {
  constexpr std::array<bool, 3> all{true, true, true};
  expect_as_defined(image_of<float>({8, 12, 10}, 1), all);
  expect_as_defined(image_of<std::int16_t>({9, 7, 5}, 2), all);  // odd and prime
  expect_as_defined(image_of<double>({10, 37, 4}, 3), all);      // a prime that is made a convolution
  expect_as_defined(image_of<std::uint8_t>({37, 3, 22}, 4), all);
  expect_as_defined(image_of<double>({2, 17, 41}, 5), all);
  expect_as_defined(image_of<double>({5, 1, 6}, 6), all);
  expect_as_defined(image_of<double>({1, 4, 3}, 7), all);
}

TEST(MultipliedSpectra, ofSlicesEqualTheirDefinition) {
  for (int flat = 0; flat < 3; ++flat) {
    std::array<bool, 3> axes{true, true, true};
    axes[flat] = false;
    expect_as_defined(image_of<float>({12, 9, 7}, 8), axes);
    expect_as_defined(image_of<std::int32_t>({5, 14, 37}, 9), axes);
    expect_as_defined(image_of<double>({1, 1, 1}, 10), axes);
  }
}

TEST(MultipliedSpectra, needTheWholeImageAndStop) {
  const Volume image = image_of<float>({4, 5, 6}, 11);
  const auto wanted = multipliers();
  const auto made = [&](const filters::Block& block, const std::stop_token& stop, bool in_space) {
    try {
      filters::multiplied(block, {true, true, in_space}, wanted, {{}, {2, 2, 2}}, nullptr, stop);
    } catch (const Error& e) {
      return e.code();
    }
    return ErrorCode::internal;
  };
  EXPECT_EQ(made({image, {}, {4, 5, 7}}, {}, true), ErrorCode::usage);
  std::stop_source stop;
  stop.request_stop();
  for (const bool in_space : {true, false})
    EXPECT_EQ(made(filters::whole_block(image), stop.get_token(), in_space), ErrorCode::interrupted);
}

}  // namespace
}  // namespace radloom::test
