#pragma once
#include "kernels/common/ordered.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/preprocess/image_view.hpp"

namespace radloom::preprocess {

/// Lowest and highest intensity inside each region.
///
/// Grid: one block a box tile. Cost: a byte of mask a voxel, an intensity a voxel inside; two atomics a warp.
struct IntensityRange {
  Span<const BoxRegion> box;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<std::uint64_t>
      extremes;  ///< two a region, zeroed by the caller: largest complement of an ordered key, largest key

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion r = exec.global(box)[tile.region];
    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const std::int64_t last = tile.first + tile_voxels < r.voxels() ? tile.first + tile_voxels : r.voxels();
    std::uint64_t low = 0, high = 0;
    visit_image(exec, images, r, [&](const auto& image) {
      for (std::int64_t i = tile.first + exec.thread(); i < last; i += exec.threads()) {
        if (mask[i] == 0) continue;
        const std::uint64_t key = ordered_key(double(image[i]));
        low = ~key > low ? ~key : low;
        high = key > high ? key : high;
      }
    });
    for (int m = 16; m > 0; m /= 2) {
      const std::uint64_t a = exec.shuffle_xor(low, m), b = exec.shuffle_xor(high, m);
      low = a > low ? a : low;
      high = b > high ? b : high;
    }
    if (exec.lane() == 0) {
      const auto out = exec.global(extremes);
      out.max(2 * tile.region, low);
      out.max(2 * tile.region + 1, high);
    }
  }
};

}  // namespace radloom::preprocess
