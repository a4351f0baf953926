#pragma once
#include <cstdint>

namespace radloom::shape::tuning {

inline constexpr int pack_threads = 256;

inline constexpr int surface_threads = 256;
inline constexpr int surface_items = 1024;                  ///< words of 32 cubes, a block; at most 2^15 cubes
inline constexpr int surface_private_axis = (1 << 17) - 2;  ///< longest axis whose 2^15 positions add up within 32 bits

inline constexpr int plane_threads = 128;
inline constexpr int plane_strips = 256;  ///< kept in shared memory at a time
inline constexpr int plane_points = 768;  ///< that are compared with each other at once
inline constexpr int plane_reach = 64;    ///< strips to each side that a corner is compared with

inline constexpr int candidate_threads = 256;

inline constexpr int cloud_threads = 512;
inline constexpr int cloud_shells = 256;  ///< by which candidates are ordered

inline constexpr int pair_threads = 256;  ///< points of a tile
inline constexpr int pair_blocks = 1056;  ///< that share the tiles of pairs of a batch

inline constexpr int feature_threads = 128;

inline constexpr int weigh_threads = 256;
inline constexpr int region_threads = 128;

inline constexpr int line_threads = 128;
inline constexpr int last_line_threads = 64;  ///< one line at a time: a quarter of its samples have work
inline constexpr std::int64_t longest_line =
    1536;  ///< padded: what a block's shared memory of 96 KiB holds of four lines
inline constexpr std::int64_t plane_bytes = std::int64_t(1) << 30;  ///< of planes' spectra at a time

}  // namespace radloom::shape::tuning
