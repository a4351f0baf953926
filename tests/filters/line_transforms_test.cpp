// Lines side by side against the definition of the transform.
#include <gtest/gtest.h>

#include <algorithm>
#include <complex>
#include <numbers>
#include <random>

#include "filters/fourier/line_transforms.hpp"

namespace radloom::test {
namespace {

TEST(LineTransforms, equalTheDefinition) {
  std::mt19937 random(5);
  constexpr auto lanes = filters::LineTransforms::lanes;
  for (const std::int64_t n :
      {1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 25, 27, 30, 60, 72, 125, 160, 7, 11, 14, 31, 66, 91, 37, 74, 97})
    for (const std::int64_t filled : {n, n / 2, n / 3}) {
      const filters::LineTransforms transforms(n);
      ASSERT_GE(transforms.words(), std::size_t(2 * n * lanes));
      std::vector<double> data(transforms.words()), room(transforms.words(), NAN);
      for (std::int64_t part = 0; part < 2; ++part)
        for (std::int64_t i = 0; i < filled * lanes; ++i)
          data[std::size_t(part * n * lanes + i)] = double(random()) / 2147483648.0 - 1;
      const auto at = [&](const double* from, std::int64_t i, std::int64_t lane) {
        return std::complex<double>(from[i * lanes + lane], from[(n + i) * lanes + lane]);
      };
      const auto given = data;
      for (std::int64_t part = 0; part < 2; ++part)  // is not read
        for (std::int64_t i = filled * lanes; i < n * lanes; ++i) data[std::size_t(part * n * lanes + i)] = NAN;
      const auto elsewhere = data;
      const double* const out = transforms(data.data(), room.data(), filled);
      std::vector<double> to(transforms.words(), NAN), beside(transforms.words(), NAN);
      const double* const same =
          transforms(elsewhere.data(), elsewhere.data() + n * lanes, filled, to.data(), beside.data());
      EXPECT_TRUE(std::equal(out, out + 2 * n * lanes, same)) << n << " " << filled << ": lines that lie elsewhere";
      auto in_place = given;
      transforms(in_place.data(), in_place.data() + n * lanes, in_place.data(), in_place.data() + n * lanes, to.data(),
          beside.data());
      EXPECT_TRUE(std::equal(out, out + 2 * n * lanes, in_place.data())) << n << " " << filled << ": where they lie";
      for (std::int64_t lane = 0; lane < lanes; ++lane)
        for (std::int64_t k = 0; k < n; ++k) {
          std::complex<double> expected = 0;
          for (std::int64_t i = 0; i < n; ++i)
            expected +=
                at(given.data(), i, lane) * std::polar(1.0, -2 * std::numbers::pi * double(i * k % n) / double(n));
          EXPECT_LT(std::abs(at(out, k, lane) - expected), 1e-14 * double(n)) << n << " " << filled << " " << k;
        }
    }
}

}  // namespace
}  // namespace radloom::test
