// Masks of one bit a voxel against the masks they are made of, in rows around the length of a word.
#include <gtest/gtest.h>

#include "core/bit_mask.hpp"

namespace radloom::test {
namespace {

struct Voxels {
  std::array<std::int64_t, 3> size;
  std::vector<std::uint8_t> values;

  explicit Voxels(const std::array<std::int64_t, 3>& s) : size(s), values(std::size_t(s[0] * s[1] * s[2])) {
    std::uint32_t seed = 1;
    for (auto& v : values) {
      seed = seed * 1664525 + 1013904223;
      v = std::uint8_t(seed >> 31 ? seed >> 16 & 255 : 0);
    }
  }
  Volume volume() const {
    Geometry grid;
    grid.size = size;
    return Volume::from<std::uint8_t>(grid, {values.begin(), values.end()});
  }
  bool at(std::int64_t x, std::int64_t y, std::int64_t z) const {
    return values[std::size_t((z * size[1] + y) * size[0] + x)] != 0;
  }
};

/// All bits of all rows, those around the grid too.
template <class Inside>
void expect_bits(const BitMask& bits, const std::array<std::int64_t, 3>& size, const Inside& inside) {
  for (std::int64_t z = -1; z <= size[2]; ++z)
    for (std::int64_t y = -1; y <= size[1]; ++y)
      for (std::int64_t b = 0; b < 64 * bits.words(); ++b) {
        const bool within = b > 0 && b <= size[0] && y >= 0 && y < size[1] && z >= 0 && z < size[2];
        ASSERT_EQ(bits.row(y, z)[b / 64] >> (b % 64) & 1, std::uint64_t(within && inside(b - 1, y, z)))
            << size[0] << ' ' << b << ' ' << y << ' ' << z;
      }
}

}  // namespace

TEST(BitMask, hasABitForEachVoxel) {
  for (std::int64_t nx = 1; nx <= 140; ++nx) {
    const Voxels voxels({nx, 2, 3});
    expect_bits(BitMask(voxels.volume()), voxels.size, [&](auto... i) { return voxels.at(i...); });
  }
}

TEST(BitMask, transposed) {
  for (const std::int64_t nx : {1, 2, 61, 62, 63, 64, 65, 127, 130})
    for (const std::int64_t ny : {1, 3, 62, 63, 64, 126, 127}) {
      const Voxels voxels({nx, ny, 2});
      expect_bits(BitMask(voxels.volume()).transposed(), {ny, nx, 2},
          [&](auto x, auto y, auto z) { return voxels.at(y, x, z); });
    }
}

TEST(BitMask, runs) {
  for (const std::uint64_t word : {0x0ul, 0x1ul, 0x8000000000000000ul, 0xfffffffffffffffful, 0xf00ff0f000000e01ul}) {
    std::uint64_t again = 0;
    std::int64_t end = -1;
    BitMask::for_each_run(word, [&](std::int64_t first, std::int64_t n) {
      EXPECT_GT(first, end);  // a bit at least is between two runs
      EXPECT_GT(n, 0);
      end = first + n;
      for (std::int64_t b = first; b < end; ++b) again |= std::uint64_t(1) << b;
    });
    EXPECT_EQ(again, word);
  }
}

}  // namespace radloom::test
