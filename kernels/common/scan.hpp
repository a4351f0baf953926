#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

struct BlockSum {
  std::uint32_t up_to;  ///< of the threads up to and with this one
  std::uint32_t all;
};

/// Sums of `v` over the threads of a block, in their order. `room` is shared, a word a warp. Every thread must come; barriers lie
/// before and after, so that the room can be used again.
template <class Exec, class Room>
RL_HD BlockSum block_sum(Exec& exec, const Room& room, std::uint32_t v) {
  const int lane = exec.lane();
  for (int back = 1; back < 32; back *= 2) {
    const std::uint32_t other = exec.shuffle(v, lane >= back ? lane - back : lane);
    if (lane >= back) v += other;
  }
  if (lane == 31) room.set(exec.warp(), v);
  exec.sync_block();
  BlockSum sum{v, 0};
  for (int w = 0; w < exec.warps(); ++w) {
    if (w == exec.warp()) sum.up_to += sum.all;
    sum.all += room.get(w);
  }
  exec.sync_block();
  return sum;
}

}  // namespace radloom
