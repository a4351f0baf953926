#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

/// How much of a region's size matrix a block counts in shared memory: sizes 1 .. sizes of every level, in `copies` copies that lanes
/// share out among themselves, since few levels mean that many lanes of a warp meet in a word. What is larger is rarer, and goes to
/// global memory at once; so does everything where the levels do not fit (sizes is 0), which are then so many that words are seldom met.
struct PrivateSizes {
  std::int32_t sizes = 0;
  std::int32_t copies = 1;  ///< a power of 2

  RL_HD PrivateSizes(std::int32_t levels, std::int32_t most_sizes, std::int32_t words) {
    if (levels == 0) return;
    sizes = words / levels < most_sizes ? words / levels : most_sizes;
    if (sizes > 0)
      while (copies < most_copies && 2 * copies * sizes * levels <= words) copies *= 2;
  }
  RL_HD std::int32_t words(std::int32_t levels) const { return sizes * levels * copies; }

  static constexpr std::int32_t most_copies = 8;
};

/// Counts cells of a region's size matrix, privately first. Every thread of the block makes it, then comes to `start`, adds, and comes to
/// `finish`; barriers lie where the words change hands.
template <class Exec, class Room, class Ends, class Counts>
class SizeTally {
 public:
  RL_HD SizeTally(Exec& exec, const Room& room, std::int32_t levels, const PrivateSizes& own, const Ends& row_end,
      const Counts& counts)
      : exec_(exec), room_(room), levels_(levels), own_(own), row_end_(row_end), counts_(counts),
        copy_(exec.lane() & (own.copies - 1)) {}

  RL_HD void start() const {
    for (std::int32_t i = exec_.thread(); i < own_.words(levels_); i += exec_.threads()) room_.set(i, 0u);
    exec_.sync_block();
  }
  /// `n` more of this level and size; size <= SizeRows::longest. What a block adds to a cell fits 32 bits.
  RL_HD void add(std::int32_t level, std::int32_t size, std::uint32_t n = 1) const {
    if (size <= own_.sizes) room_.add(((level - 1) * own_.sizes + size - 1) * own_.copies + copy_, n);
    else counts_.add(std::int64_t(row_end_[level - 1]) + size - 1, n);
  }
  RL_HD void finish() const {
    exec_.sync_block();
    for (std::int32_t i = exec_.thread(); i < own_.sizes * levels_; i += exec_.threads()) {
      std::uint32_t n = 0;
      for (std::int32_t c = 0; c < own_.copies; ++c) n += room_.get(i * own_.copies + c);
      if (n) counts_.add(std::int64_t(row_end_[i / own_.sizes]) + i % own_.sizes, n);
    }
  }

 private:
  Exec& exec_;
  Room room_;
  std::int32_t levels_;
  PrivateSizes own_;
  Ends row_end_;
  Counts counts_;
  std::int32_t copy_;
};

}  // namespace radloom
