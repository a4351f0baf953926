#pragma once
namespace radloom::wavelet::tuning {

inline constexpr int threads = 256;
inline constexpr int tile_samples = 4096;  ///< of the result, a block

}  // namespace radloom::wavelet::tuning
