#pragma once
#include "kernels/common/stage.hpp"
#include "kernels/preprocess/image_view.hpp"
#include "preprocess/gray_levels.hpp"

namespace radloom::preprocess {

/// Gray levels of every voxel inside, by the rule the cpu backend uses too, and how many voxels have each.
///
/// Grid: one block a box tile. A region whose highest level is below `private_levels` is counted in shared memory first; one of
/// more levels goes to global memory at once, where collisions are rare because the levels are many. Cost: an intensity and
/// a byte of mask read and two bytes written a voxel inside, one shared atomic.
struct Discretise {
  Span<const BoxRegion> box;
  Span<const LevelRegion> region;
  Span<const GrayLevels> rule;  ///< of each region
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<std::uint16_t> levels;     ///< zeroed by the caller
  Span<std::uint64_t> histogram;  ///< zeroed by the caller
  int private_levels;             ///< words of shared memory

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto own = exec.template shared<std::uint32_t>(private_levels);
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion b = exec.global(box)[tile.region];
    const LevelRegion r = exec.global(region)[tile.region];
    const GrayLevels level_of = exec.global(rule)[tile.region];
    const bool privately = r.highest < private_levels;
    if (privately)
      for (int g = exec.thread(); g <= r.highest; g += exec.threads()) own.set(g, 0u);
    exec.sync_block();

    const auto mask = exec.global(masks.part(b.mask, b.voxels()));
    const auto out = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto counts = exec.global(histogram.part(r.histogram, r.highest + 1));
    const std::int64_t last = tile.first + tile_voxels < b.voxels() ? tile.first + tile_voxels : b.voxels();
    visit_image(exec, images, b, [&](const auto& image) {
      for (std::int64_t i = tile.first + exec.thread(); i < last; i += exec.threads()) {
        if (mask[i] == 0) continue;
        const std::int64_t g = level_of(double(image[i]));
        out.set(r.at(i), std::uint16_t(g));
        if (privately) own.add(g, 1u);
        else counts.add(g, std::uint64_t(1));
      }
    });
    exec.sync_block();
    if (privately)
      for (int g = exec.thread(); g <= r.highest; g += exec.threads())
        if (const std::uint32_t n = own.get(g)) counts.add(g, std::uint64_t(n));
  }
};

}  // namespace radloom::preprocess
