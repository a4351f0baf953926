// Voxels of masks against a count one by one, in lengths around those at which a register is full and a byte would overflow.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/count_inside.hpp"

namespace radloom::test {

TEST(CountInside, equalsACountOneByOne) {
  for (const std::size_t n : {0, 1, 63, 64, 65, 64 * 255 - 1, 64 * 255, 64 * 255 + 1, 64 * 256, 64 * 511 + 37}) {
    std::vector<std::uint8_t> mask(n, 255);
    EXPECT_EQ(count_inside(mask), std::int64_t(n));
    for (std::size_t i = 0; i < n; ++i) mask[i] = std::uint8_t(i % 3);
    EXPECT_EQ(count_inside(mask), std::int64_t(n) - std::count(mask.begin(), mask.end(), 0)) << n;
  }
}

}  // namespace radloom::test
