#pragma once
#include "kernels/glszm/gather.hpp"

namespace radloom::glszm {

/// Adds the voxels of every zone at its root (see gather.hpp).
///
/// Grid: one block a level tile. Cost: 2 bytes read a voxel, a walk to the root and one or two shared atomics a run's piece of at most 32.
struct SizeZones {
  static constexpr int max_threads = tuning::threads;
  Span<const LevelRegion> region;
  Span<const Tile> tiles;
  Span<const std::uint16_t> levels;
  Span<std::uint32_t> parents;
  Span<std::uint32_t> sizes;  ///< of every voxel of `levels`, zeroed by the caller: voxels of the zone whose root it is
  Along along;

  static std::size_t shared_bytes() { return gathered_bytes(); }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    gather_at_roots(
        exec, r, tile, levels, parents, sizes, along.x, [](const Vector&, int left) { return std::uint32_t(left); },
        [](const auto& view, std::int64_t at, std::uint32_t voxels) { view.add(at, voxels); });
  }
};

}  // namespace radloom::glszm
