#pragma once
#include <cstdint>

#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"

namespace radloom::shape {

/// Words of a region's sums: voxels, sums of x, y, z, and of xx, xy, xz, yy, yz, zz (see IndexMoments). Signed numbers as 64 bits.
inline constexpr int moment_words = 10;

/// A region as the bodies of this room see it: where its mask lies and where its counts go.
///
/// Vertices of the mesh lie on the grid of half voxels: coordinate 2 i + 1 is the centre of voxel i, 0 is half a voxel before the first.
/// So an axis of n voxels has 2 n + 1 coordinates. What is said of a line is said by its two outermost vertices.
struct BodyRegion {
  std::int32_t size[3] = {};     ///< voxels
  std::int32_t plane_axis = -1;  ///< compare the distances in the middle plane across this axis only; -1: in all planes
  double spacing_mm[3] = {};
  std::int64_t mask = 0;        ///< first voxel in the batch's masks
  std::int64_t bits = 0;        ///< first word of its bits
  std::int64_t x_lines = 0;     ///< its lines along x in the batch's: [z][y]
  std::int64_t y_lines = 0;     ///< its lines along y in the batch's: [z][x]
  std::int64_t candidates = 0;  ///< its first in the batch's lists

  RL_HD std::int64_t voxels() const { return std::int64_t(size[0]) * size[1] * size[2]; }
  /// Words of 32 voxels, without padding, and one more, so that two may be read together.
  RL_HD std::int64_t bit_words() const { return (voxels() + 31) / 32 + 1; }
  /// Coordinates of half voxels along an axis.
  RL_HD std::int64_t halves(int axis) const { return 2 * std::int64_t(size[axis]) + 1; }
  RL_HD std::int64_t x_line_count() const { return halves(1) * halves(2); }
  RL_HD std::int64_t y_line_count() const { return halves(0) * halves(2); }
  /// Cubes of eight neighbouring voxels, the layer outside included: rows of (size[0] + 1), each in words of 32.
  RL_HD std::int64_t row_words() const { return (std::int64_t(size[0]) + 1 + 31) / 32; }
  RL_HD std::int64_t surface_words() const {
    return row_words() * (std::int64_t(size[1]) + 1) * (std::int64_t(size[2]) + 1);
  }
  RL_HD std::int64_t planes() const { return plane_axis < 0 ? halves(0) + halves(1) + halves(2) : 1; }
  /// A vertex is a candidate once, and is an end of a line along x and of one along y.
  RL_HD std::int64_t most_candidates() const {
    return 2 * (x_line_count() < y_line_count() ? x_line_count() : y_line_count());
  }
};

/// 33 voxels of row (y, z), bit b standing for x = 32 w - 1 + b; what lies outside the grid is not inside.
template <class View>
RL_HD std::uint64_t row_bits(const View& bits, const BodyRegion& r, std::int64_t w, std::int64_t y, std::int64_t z) {
  if (y < 0 || z < 0 || y >= r.size[1] || z >= r.size[2]) return 0;
  const std::int64_t x = 32 * w - 1, from = x < 0 ? 0 : x;
  const int shift = int(from - x);
  const std::int64_t left = r.size[0] - from, room = 33 - shift, n = left < room ? left : room;
  const std::int64_t at = (z * r.size[1] + y) * r.size[0] + from, word = at >> 5;
  const std::uint64_t low = bits[word], high = bits[word + 1];
  return ((high << 32 | low) >> (at & 31) & ((std::uint64_t(1) << n) - 1)) << shift;
}

// The two ends of a line, as two words that start from 0 (no vertex) and only grow, so that memory of zeros and an atomic maximum serve
// both: how far the first vertex is from the end of the line, and one more than the coordinate of the last.
/// The ends of a line: coordinates of its first and last vertex; none where `last` is -1.
struct LineEnds {
  std::int32_t first = 0, last = -1;
};
template <class View>
RL_HD LineEnds line_ends(const View& lines, std::int64_t line, std::int64_t halves) {
  const std::uint32_t low = lines[2 * line], high = lines[2 * line + 1];
  return {std::int32_t(halves - std::int64_t(low)), std::int32_t(std::int64_t(high) - 1)};
}

}  // namespace radloom::shape
