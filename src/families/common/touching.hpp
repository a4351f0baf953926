#pragma once
// Which voxels of a row touch voxels of their own level, many at a time.
#include <cstdint>

namespace radloom::zones {

/// Four rows beside a row, as its voxels see them. A row that is not to be looked at is one of zeros.
template <class T>
using RowsBeside = const T* const[4];

/// A row and the four beside it that come before it.
template <class T>
struct Earlier {
  const T* row;
  RowsBeside<T> beside;  ///< at (y, z) - (1, 0), (1, 1), (0, 1) and (-1, 1)
  bool diagonals;        ///< whether a step along the row may go with the step to the other, or be made alone
};

/// What `find_touching` says of voxel x of a row, at place x of each.
struct Touching {
  std::uint8_t*
      joins_0;  ///< where its run must be joined with one of rows 0 and 1 beside it: bit 3 r + d for the voxel x + d - 1 of row r
  std::uint8_t* joins_1;  ///< the same of rows 2 and 3
  std::uint8_t* begins;   ///< 1 where a run begins that is longer than a voxel or must be joined with another
  std::uint8_t* meets;    ///< 1 where a run must be joined with more than the first that its first voxel names
};

/// Vectors are read and written this far behind the last voxel of a row.
inline constexpr int room_behind = 64;

/// Fills in the places [first, last). Joins that follow from others are left out: of a run along the row with a run beside it the first place is told.
/// Without `diagonals` d is 1, every place is told, and each voxel is a run. One voxel before and behind the range must be readable in every row.
void find_touching(const Earlier<std::uint8_t>& of, std::int32_t first, std::int32_t last, const Touching& touching);
void find_touching(const Earlier<std::uint16_t>& of, std::int32_t first, std::int32_t last, const Touching& touching);

}  // namespace radloom::zones
