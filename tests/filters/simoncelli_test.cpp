// Simoncelli's filter of many frequencies at once, against its formula in the C library's functions.
#include "filters/simoncelli/simoncelli.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace radloom::test {
namespace {

TEST(Simoncelli, gainsOfManyAreThoseOfEach) {
  for (const int level : {1, 2, 5}) {
    const double m = simoncelli::highest(level);
    for (const std::size_t count : {1U, 3U, 8U, 13U, 4001U}) {
      std::vector<double> squares;  // from the middle to beyond the band, and both ends of it
      for (std::size_t i = 0; i < count; ++i) squares.push_back(1.5 * m * m * double(i) / double(count));
      squares.front() = m * m / 16;
      squares.back() = m * m;
      auto made = squares;
      simoncelli::gains(made, m);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_NEAR(made[i], simoncelli::gain(std::sqrt(squares[i]), m), 1e-15) << i << " of " << count;
    }
  }
}

}  // namespace
}  // namespace radloom::test
