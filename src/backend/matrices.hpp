#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace radloom {

/// The integer matrices of a region, as both backends count them. Rows are the gray levels present in the region, in
/// ascending order; offsets are (x, y, z) steps in voxels.
struct Matrices {
  /// A cell of a sparse matrix: how many runs, zones or voxels have this gray level and this size.
  struct Cell {
    std::int32_t level;  ///< gray level, 1..
    std::int64_t size;   ///< run length, zone size, or dependence count + 1; >= 1
    std::uint64_t count;
    bool operator==(const Cell&) const = default;
  };

  std::vector<std::int32_t> gray_levels;         ///< present in the region, ascending
  std::vector<std::array<int, 3>> glcm_offsets;  ///< the half of the neighbourhood that is counted, one a direction
  std::vector<std::vector<std::uint64_t>>
      glcm;  ///< [direction][row * n + column]: row is the centre's level, column the neighbour's; not symmetrised
  std::vector<std::array<int, 3>> glrlm_offsets;
  std::vector<std::vector<Cell>>
      glrlm;  ///< [direction], by level, then length; a direction in which no line holds two voxels is empty
  std::vector<Cell> glszm;                 ///< by level, then size
  std::vector<Cell> gldm;                  ///< by level, then dependence
  std::vector<std::uint64_t> ngtdm_count;  ///< voxels of each gray level (those without neighbours included)
  std::vector<std::vector<std::uint64_t>>
      ngtdm_difference;  ///< [row][k]: sum over voxels with k neighbours of |k * level - sum of the neighbours' levels|
};

}  // namespace radloom
