#pragma once
#include <cstdint>

namespace radloom::glrlm::tuning {

inline constexpr int count_threads = 128;            ///< and lines of a block
inline constexpr int ahead = 8;                      ///< voxels of a line that are read before the first is looked at
inline constexpr std::int32_t private_runs = 8;      ///< longest run that may be counted in shared memory
inline constexpr std::int32_t private_words = 2048;  ///< of shared memory for that
inline constexpr int rows_threads = 256;
inline constexpr int marginals_threads = 256;
inline constexpr int features_threads = 128;

}  // namespace radloom::glrlm::tuning
