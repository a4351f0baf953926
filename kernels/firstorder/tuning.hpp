#pragma once
namespace radloom::firstorder::tuning {

inline constexpr int tile_threads = 256;    ///< of the bodies that walk a box tile
inline constexpr int region_threads = 128;  ///< of the bodies that finish a region
inline constexpr int choose_threads = 256;  ///< a thread a value of a digit

}  // namespace radloom::firstorder::tuning
