#pragma once
namespace radloom::log::tuning {

inline constexpr int threads =
    64;  ///< lines of a block: few, so that the lines of a small image go to all multiprocessors
inline constexpr int ahead = 4;                      ///< samples that a thread reads before it filters them
inline constexpr int tile_samples = 32;              ///< of a row at a time, a lane each
inline constexpr int tile_pitch = tile_samples + 1;  ///< words of a row in shared memory: no two lanes meet at a bank
inline constexpr int tile_words = 32 * tile_pitch;   ///< of a warp

}  // namespace radloom::log::tuning
