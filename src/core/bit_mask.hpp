#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom {

/// A bit for each of 64 bytes that is not 0.
std::uint64_t bits_of(const std::uint8_t* bytes);

/// A mask of one bit a voxel. Bit b of a row stands for x = b - 1, so that every row has an empty voxel at both ends; the rows around the
/// grid, y = -1 and ny, z = -1 and nz, are there and empty. 64 voxels are compared at a time.
class BitMask {
 public:
  explicit BitMask(const Volume& mask);

  std::int64_t nx() const { return size_[0]; }
  std::int64_t ny() const { return size_[1]; }
  std::int64_t nz() const { return size_[2]; }
  /// Words of a row. A slice's rows follow each other, and slices too, so a row may be shifted by one bit without a test: the word
  /// after it starts with an empty voxel.
  std::int64_t words() const { return words_; }
  const std::uint64_t* row(std::int64_t y, std::int64_t z) const {
    return bits_.data() + ((z + 1) * (size_[1] + 2) + y + 1) * words_;
  }

  /// The mask whose x is y of this one, and y its x.
  BitMask transposed() const;

  /// Calls f(b) for every bit of `word`, which is number `w` of its row.
  template <class F>
  static void for_each_bit(std::uint64_t word, std::int64_t w, const F& f) {
    for (; word; word &= word - 1) f(w * 64 + std::countr_zero(word));
  }
  /// Calls f(first, n) for every run of bits of `word`.
  template <class F>
  static void for_each_run(std::uint64_t word, const F& f) {
    while (word) {
      const int first = std::countr_zero(word), last = std::countr_one(word | (word - 1));
      f(first, last - first);
      word &= (word | (word - 1)) + 1;
    }
  }

 private:
  explicit BitMask(const std::array<std::int64_t, 3>& size)
      : size_(size), words_((size[0] + 2 + 63) / 64), bits_(words_ * (size[1] + 2) * (size[2] + 2) + 1) {}
  std::uint64_t* row(std::int64_t y, std::int64_t z) {
    return bits_.data() + ((z + 1) * (size_[1] + 2) + y + 1) * words_;
  }

  std::array<std::int64_t, 3> size_;
  std::int64_t words_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace radloom
