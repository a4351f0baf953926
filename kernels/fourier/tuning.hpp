#pragma once
#include <cstdint>

namespace radloom::fourier::tuning {

inline constexpr int threads = 128;
inline constexpr std::int64_t longest_line = 3072;  ///< samples that a block's shared memory of 96 KiB holds twice

}  // namespace radloom::fourier::tuning
