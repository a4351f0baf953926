#pragma once
#include <cstdint>
#include <numeric>
#include <span>

namespace radloom {

/// How many voxels of a mask are not 0. Bytes are counted in bytes, as many as fit a register at a time, for as long as they cannot overflow.
inline std::int64_t count_inside(std::span<const std::uint8_t> mask) {
  constexpr std::size_t lanes = 64, most = 255;
  std::int64_t voxels = 0;
  const std::uint8_t* in = mask.data();
  std::size_t left = mask.size() / lanes;
  while (left > 0) {
    std::uint8_t count[lanes] = {};
    const std::size_t rounds = left < most ? left : most;
    for (std::size_t r = 0; r < rounds; ++r, in += lanes)
      for (std::size_t k = 0; k < lanes; ++k) count[k] = std::uint8_t(count[k] + (in[k] != 0));
    voxels = std::accumulate(count, count + lanes, voxels);
    left -= rounds;
  }
  for (; in != mask.data() + mask.size(); ++in) voxels += *in != 0;
  return voxels;
}

}  // namespace radloom
