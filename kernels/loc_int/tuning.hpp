#pragma once
namespace radloom::loc_int::tuning {

inline constexpr int row_threads = 256;     ///< of a block that sums along rows, a thread a row
inline constexpr int tile_threads = 256;    ///< of the body that walks a box tile
inline constexpr int region_threads = 128;  ///< of the body that finishes regions, a thread each

}  // namespace radloom::loc_int::tuning
