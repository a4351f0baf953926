#pragma once
#include <cstdint>

namespace radloom::gldm::tuning {

inline constexpr int count_threads = 256;            ///< of a block that takes a tile of `tile_voxels`
inline constexpr std::int32_t private_words = 2048;  ///< of shared memory, for dependences and for differences each
inline constexpr int rows_threads = 256;
inline constexpr int marginals_threads = 256;
inline constexpr int features_threads = 128;

}  // namespace radloom::gldm::tuning
