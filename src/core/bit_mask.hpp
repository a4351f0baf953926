#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom {

/// A mask of one bit a voxel. Bit b of a row stands for x = b - 1, so that every row has an empty voxel at both ends; rows
/// outside the grid are empty. 64 voxels are compared at a time.
class BitMask {
 public:
  explicit BitMask(const Volume& mask)
      : size_(mask.geometry().size), words_((size_[0] + 2 + 63) / 64 + 1), bits_(words_ * size_[1] * size_[2]),
        empty_(words_) {
    const auto voxels = mask.as<std::uint8_t>();
    for (std::int64_t r = 0; r < size_[1] * size_[2]; ++r) {
      const std::uint8_t* const in = voxels.data() + r * size_[0];
      std::uint64_t* const out = bits_.data() + r * words_;
      const auto put = [&](std::uint64_t bits, std::int64_t at) {
        out[at >> 6] |= bits << (at & 63);
        if ((at & 63) > 56) out[(at >> 6) + 1] |= bits >> (64 - (at & 63));
      };
      std::int64_t x = 0;
      for (; x + 8 <= size_[0]; x += 8) put(eight(in + x), x + 1);
      for (; x < size_[0]; ++x) put(in[x] != 0, x + 1);
    }
  }

  std::int64_t nx() const { return size_[0]; }
  std::int64_t ny() const { return size_[1]; }
  std::int64_t nz() const { return size_[2]; }
  /// Words of a row; the last is always zero, so that a row may be shifted by one bit without a test.
  std::int64_t words() const { return words_; }
  const std::uint64_t* row(std::int64_t y, std::int64_t z) const {
    if (y < 0 || z < 0 || y >= size_[1] || z >= size_[2]) return empty_.data();
    return bits_.data() + (z * size_[1] + y) * words_;
  }

  /// Calls f(b) for every bit of `word`, which is number `w` of its row.
  template <class F>
  static void for_each_bit(std::uint64_t word, std::int64_t w, const F& f) {
    for (; word; word &= word - 1) f(w * 64 + std::countr_zero(word));
  }

 private:
  /// A bit for each of eight bytes that is not 0.
  static std::uint64_t eight(const std::uint8_t* bytes) {
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t low = 0x7f7f7f7f7f7f7f7f;
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    const std::uint64_t ones = (((word & low) + low) | word) >> 7 & 0x0101010101010101;
    return ones * 0x0102040810204080 >> 56;  // byte i, at bit 8 i, is moved to bit 56 + i
  }

  std::array<std::int64_t, 3> size_;
  std::int64_t words_;
  std::vector<std::uint64_t> bits_, empty_;
};

}  // namespace radloom
