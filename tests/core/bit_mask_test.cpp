// Masks of one bit a voxel against the masks they are made of, in rows around the length of a word.
#include <gtest/gtest.h>

#include "core/bit_mask.hpp"

namespace radloom::test {

TEST(BitMask, hasABitForEachVoxel) {
  std::uint32_t seed = 1;
  for (std::int64_t nx = 1; nx <= 140; ++nx) {
    Geometry grid;
    grid.size = {nx, 2, 3};
    std::vector<std::uint8_t> voxels(std::size_t(grid.voxels()));
    for (auto& v : voxels) {
      seed = seed * 1664525 + 1013904223;
      v = std::uint8_t(seed >> 31 ? seed >> 16 & 255 : 0);
    }
    const BitMask bits(Volume::from<std::uint8_t>(grid, {voxels.begin(), voxels.end()}));
    for (std::int64_t z = 0; z < 3; ++z)
      for (std::int64_t y = 0; y < 2; ++y)
        for (std::int64_t b = 0; b < 64 * bits.words(); ++b) {
          const bool inside = b > 0 && b <= nx && voxels[std::size_t((z * 2 + y) * nx + b - 1)] != 0;
          ASSERT_EQ(bits.row(y, z)[b / 64] >> (b % 64) & 1, std::uint64_t(inside)) << nx << ' ' << b;
        }
  }
}

}  // namespace radloom::test
