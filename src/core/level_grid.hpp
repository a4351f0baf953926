#pragma once
#include <array>
#include <cstdint>
#include <variant>
#include <vector>

namespace radloom {

/// Gray levels 1 .. highest of a region's box, 0 outside the region, with `pad` layers of zeros around, so that every
/// neighbour of every voxel can be read without a test.
template <class T>
class LevelGrid {
 public:
  /// The voxels of a row that may be inside: [first, last).
  struct Extent {
    std::int32_t first = 0, last = 0;
  };

  LevelGrid(const std::array<std::int64_t, 3>& size, int pad)
      : size_(size), pad_(pad), stride_y_(size[0] + 2 * pad), stride_z_(stride_y_ * (size[1] + 2 * pad)),
        level_(stride_z_ * (size[2] + 2 * pad) + tail), extent_(size[1] * size[2]) {}

  const std::array<std::int64_t, 3>& size() const { return size_; }
  int pad() const { return pad_; }
  /// Index distance of a step (x, y, z).
  std::int64_t step(const std::array<int, 3>& o) const { return o[0] + o[1] * stride_y_ + o[2] * stride_z_; }
  T* row(std::int64_t y, std::int64_t z) {
    return level_.data() + (z + pad_) * stride_z_ + (y + pad_) * stride_y_ + pad_;
  }
  const T* row(std::int64_t y, std::int64_t z) const { return const_cast<LevelGrid*>(this)->row(y, z); }
  Extent& extent(std::int64_t y, std::int64_t z) { return extent_[z * size_[1] + y]; }
  Extent extent(std::int64_t y, std::int64_t z) const { return extent_[z * size_[1] + y]; }

 private:
  static constexpr int tail = 64;  ///< a vector may be read past the last voxel
  std::array<std::int64_t, 3> size_;
  int pad_;
  std::int64_t stride_y_, stride_z_;
  std::vector<T> level_;
  std::vector<Extent> extent_;
};

using AnyLevelGrid = std::variant<LevelGrid<std::uint8_t>, LevelGrid<std::uint16_t>>;

}  // namespace radloom
