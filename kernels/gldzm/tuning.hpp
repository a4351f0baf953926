#pragma once
#include <cstdint>

namespace radloom::gldzm::tuning {

inline constexpr int row_threads = 256;     ///< of a block that looks along x, a warp a row
inline constexpr int rows_a_block = 32;     ///< a multiple of the warps
inline constexpr int column_threads = 128;  ///< of a block that looks along y or z, a thread a column
inline constexpr int ahead = 8;             ///< voxels of a column that a thread reads before it looks at the first
inline constexpr int zone_threads = 256;    ///< of a block that takes a tile of `tile_voxels`
inline constexpr std::int32_t private_distances = 8;  ///< largest distance that may be counted in shared memory
inline constexpr std::int32_t private_words = 2048;   ///< of shared memory for that
inline constexpr int rows_threads = 256;
inline constexpr int marginals_threads = 256;
inline constexpr int features_threads = 128;

}  // namespace radloom::gldzm::tuning
