#pragma once
#include "kernels/common/ordered.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/preprocess/image_view.hpp"

namespace radloom::preprocess {

/// Lowest and highest intensity inside each region, and how many voxels are inside.
///
/// Grid: one block a box tile. Cost: a byte of mask a voxel, an intensity a voxel inside; three atomics a warp.
struct IntensityRange {
  Span<const BoxRegion> box;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<std::uint64_t> low, high;  ///< ordered keys; the caller fills `low` with ones and `high` with zeros
  Span<std::uint64_t> inside;     ///< zeroed by the caller

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion r = exec.global(box)[tile.region];
    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const std::int64_t last = tile.first + tile_voxels < r.voxels() ? tile.first + tile_voxels : r.voxels();
    std::uint64_t least = ~std::uint64_t(0), most = 0, n = 0;
    visit_image(exec, images, r, [&](const auto& image) {
      for (std::int64_t i = tile.first + exec.thread(); i < last; i += exec.threads()) {
        if (mask[i] == 0) continue;
        const std::uint64_t key = ordered_key(double(image[i]));
        least = key < least ? key : least;
        most = key > most ? key : most;
        ++n;
      }
    });
    for (int m = 16; m > 0; m /= 2) {
      const std::uint64_t a = exec.shuffle_xor(least, m), b = exec.shuffle_xor(most, m);
      least = a < least ? a : least;
      most = b > most ? b : most;
      n += exec.shuffle_xor(n, m);
    }
    if (exec.lane() == 0 && n > 0) {
      exec.global(low).min(tile.region, least);
      exec.global(high).max(tile.region, most);
      exec.global(inside).add(tile.region, n);
    }
  }
};

}  // namespace radloom::preprocess
