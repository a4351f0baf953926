#pragma once
// Which voxels of a row touch voxels of their own level in the rows beside it, many at a time.
#include <cstdint>

namespace radloom::zones {

/// Four rows beside a row, as its voxels see them. A row that is not to be looked at is one of zeros.
template <class T>
using RowsBeside = const T* const (&)[4];

/// For each voxel x in [first, last) of a row, where a run must be joined with one of the rows beside: bit 3 r + d of code 0 for the rows r = 0 and
/// 1, bit 3 (r - 2) + d of code 1 for the others, for the voxel at x + d - 1 of that row. Joins that follow from others are left out: of a run along
/// the row with a run beside it the first place is told. `diagonals` says whether a step along the row may go with the step to the other; without it d is 1,
/// and every place is told. One voxel before and behind the range must be readable in every row.
void find_touching(const std::uint8_t* row, RowsBeside<std::uint8_t> beside, std::int32_t first, std::int32_t last,
    bool diagonals, std::uint8_t* code_0, std::uint8_t* code_1);
void find_touching(const std::uint16_t* row, RowsBeside<std::uint16_t> beside, std::int32_t first, std::int32_t last,
    bool diagonals, std::uint8_t* code_0, std::uint8_t* code_1);

}  // namespace radloom::zones
