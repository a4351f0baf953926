#pragma once
namespace radloom::ivh::tuning {

inline constexpr int tile_threads = 256;    ///< of the body that walks a box tile
inline constexpr int region_threads = 128;  ///< of the body that finishes regions, a thread each

}  // namespace radloom::ivh::tuning
