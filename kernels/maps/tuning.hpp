#pragma once

namespace radloom::maps::tuning {

inline constexpr int threads = 32;  ///< of a block, which measures one neighbourhood: 27 places are a warp's worth
inline constexpr int threads_of_many_places = 128;
inline constexpr int few_places = 64;

}  // namespace radloom::maps::tuning
