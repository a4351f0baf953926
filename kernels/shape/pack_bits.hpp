#pragma once
#include "kernels/common/find_owner.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/shape/body_region.hpp"

namespace radloom::shape {

/// Masks from a byte to a bit a voxel, so that what follows reads an eighth and compares 32 voxels at a time.
///
/// Grid: one block a tile of 8,192 voxels (32 words of a warp). Cost a voxel: a byte read, a bit written. Eight loads of a lane are in flight
/// before the first is voted on.
struct PackBits {
  Span<const BodyRegion> regions;
  Span<const std::int64_t> first_tile;  ///< of each region
  Span<const std::uint8_t> masks;
  Span<std::uint32_t> bits;

  static constexpr int warp_words = 32, in_flight = 8;
  static constexpr int max_threads = 256;

  RL_HD static std::int64_t tiles(const BodyRegion& r, int threads) { return (r.bit_words() + threads - 1) / threads; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const auto first = exec.global(first_tile);
    const std::int64_t owner = find_owner(exec, first, regions.size, exec.block());
    const BodyRegion r = exec.global(regions)[owner];
    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const auto out = exec.global(bits.part(r.bits, r.bit_words()));
    const std::int64_t tile = exec.block() - std::int64_t(first[owner]);
    const std::int64_t word = tile * exec.threads() + exec.warp() * warp_words, n = r.voxels();
    std::uint32_t own = 0;
    for (int k = 0; k < warp_words; k += in_flight) {
      bool inside[in_flight];
      for (int j = 0; j < in_flight; ++j) {
        const std::int64_t i = (word + k + j) * 32 + exec.lane();
        inside[j] = i < n && mask[i] != 0;
      }
      for (int j = 0; j < in_flight; ++j) {
        const std::uint32_t vote = exec.ballot(inside[j]);
        if (exec.lane() == k + j) own = vote;
      }
    }
    if (word + exec.lane() < r.bit_words()) out.set(word + exec.lane(), own);
  }
};

}  // namespace radloom::shape
