#pragma once
#include <cstdint>

namespace radloom::glszm::tuning {

inline constexpr int threads = 256;  ///< of a block that takes a tile of `tile_voxels`
inline constexpr int ahead = 4;      ///< vectors of 32 voxels that a warp reads before it looks at the first
inline constexpr std::int32_t small_zones = 63;   ///< voxels of the largest zone that has a cell in the dense table
inline constexpr std::int32_t private_zones = 8;  ///< voxels of the largest zone that may be counted in shared memory
inline constexpr std::int32_t private_words = 2048;  ///< of shared memory for that
inline constexpr int kept_roots = 1024;  ///< zones whose size a block adds up in shared memory, a power of 2
inline constexpr int rows_threads = 256;
inline constexpr int marginals_threads = 256;
inline constexpr int features_threads = 128;

}  // namespace radloom::glszm::tuning
