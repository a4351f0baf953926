#include "core/extremes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace radloom::test {
namespace {

template <class T>
class ExtremesOf : public testing::Test {};
using Types = testing::Types<float, double, std::int32_t, std::uint64_t>;
TYPED_TEST_SUITE(ExtremesOf, Types);

/// Of every length, so that each lane and the rest behind whole vectors is met, or none is.
TYPED_TEST(ExtremesOf, areThoseOfTheSortedValues) {
  std::mt19937 random(3);
  for (int n = 1; n < 70; ++n) {
    std::vector<TypeParam> values;
    for (int i = 0; i < n; ++i) values.push_back(TypeParam(random() % 1000) + (i % 2 ? TypeParam(5) : TypeParam(0)));
    const auto found = extremes_of(values.data(), n);
    EXPECT_EQ(found.least, *std::min_element(values.begin(), values.end())) << n;
    EXPECT_EQ(found.largest, *std::max_element(values.begin(), values.end())) << n;
  }
}

template <class T>
class ExtremesInside : public testing::Test {};
using OfVolumes =
    testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, float, double>;
TYPED_TEST_SUITE(ExtremesInside, OfVolumes);

/// What lies outside goes beyond what lies inside, and is no number where there is such a thing.
TYPED_TEST(ExtremesInside, areThoseOfTheVoxelsInside) {
  std::mt19937 random(5);
  const auto any = [&] { return TypeParam(int(random() % 100) - (std::is_signed_v<TypeParam> ? 120 : 0)); };
  for (std::int64_t n = 1; n < 140; ++n)
    for (std::int64_t start = 0; start < 3; ++start) {  // from anywhere in memory
      std::vector<TypeParam> values(start + n), numbers;
      std::vector<std::uint8_t> inside(start + n);
      for (std::int64_t i = start; i < start + n; ++i) {
        inside[i] = random() % 4 == 0 ? std::uint8_t(1 + random() % 255) : 0;
        values[i] = any();
        if (!inside[i])
          values[i] = random() % 2 ? std::numeric_limits<TypeParam>::max() : std::numeric_limits<TypeParam>::lowest();
        else if (std::numeric_limits<TypeParam>::has_quiet_NaN && random() % 3 == 0)
          values[i] = std::numeric_limits<TypeParam>::quiet_NaN();
        else numbers.push_back(values[i]);
      }
      const auto found = extremes_of(values.data() + start, inside.data() + start, n);
      const Extremes<TypeParam> none;
      EXPECT_EQ(found.least, numbers.empty() ? none.least : *std::min_element(numbers.begin(), numbers.end())) << n;
      EXPECT_EQ(found.largest, numbers.empty() ? none.largest : *std::max_element(numbers.begin(), numbers.end())) << n;
    }
}

TEST(Extremes, ofNothingAndOfWhatIsNoNumber) {
  const float values[] = {NAN, 2, NAN, 1};
  EXPECT_EQ(extremes_of(values, 0).least, INFINITY);
  EXPECT_EQ(extremes_of(values, 0).largest, -INFINITY);
  EXPECT_EQ(extremes_of(values, 4).least, 1);
  EXPECT_EQ(extremes_of(values, 4).largest, 2);
}

template <class T>
void expect_numbers_alone() {
  std::mt19937 random(4);
  for (const std::size_t n : {16, 17, 33, 70})
    for (std::size_t start = 0; start < 3; ++start) {  // from anywhere in memory
      std::vector<T> values(start + n), numbers;
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = i % 3 == 1 ? T(NAN) : T(random() % 2000) - T(3000);
        if (i >= start && i % 3 != 1) numbers.push_back(values[i]);
      }
      const auto found = extremes_of(values.data() + start, std::int64_t(n));
      EXPECT_EQ(found.least, *std::min_element(numbers.begin(), numbers.end())) << n;
      EXPECT_EQ(found.largest, *std::max_element(numbers.begin(), numbers.end())) << n;
      values[start + n / 2] = T(-INFINITY);
      EXPECT_EQ(extremes_of(values.data() + start, std::int64_t(n)).least, T(-INFINITY)) << n;
    }
}

TEST(Extremes, passOverWhatIsNoNumberWhereverItLies) {
  expect_numbers_alone<float>();
  expect_numbers_alone<double>();
}

}  // namespace
}  // namespace radloom::test
