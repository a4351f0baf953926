#pragma once
#include "kernels/common/union_find.hpp"
#include "kernels/glszm/stretch.hpp"

namespace radloom::glszm {

/// Adds the voxels of every zone at its root.
///
/// A warp sums up pieces of runs first; a block keeps the sums of `kept_roots` zones in shared memory, by what their root hashes to, and
/// sends each on once. So a zone of all voxels, on which every thread of the device would wait, gets two additions a tile. A zone that finds its place
/// taken goes to global memory at once.
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

  static std::size_t shared_bytes() { return 2 * tuning::kept_roots * sizeof(std::uint32_t); }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    constexpr std::uint32_t nobody = ~std::uint32_t(0);
    auto owner = exec.template shared<std::uint32_t>(tuning::kept_roots);
    auto voxels = exec.template shared<std::uint32_t>(tuning::kept_roots);
    for (int k = exec.thread(); k < tuning::kept_roots; k += exec.threads()) {
      owner.set(k, nobody);
      voxels.set(k, 0u);
    }
    exec.sync_block();

    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto parent = exec.global(parents.part(r.first, r.padded_voxels()));
    const auto size = exec.global(sizes.part(r.first, r.padded_voxels()));
    walk_stretch(exec, range_of(r, tile), level, along.x, [&](const Vector& v, std::int64_t) {
      const std::uint32_t continued = exec.ballot(v.same);
      if (v.level == 0 || (v.same && exec.lane() > 0)) return;
      const std::uint32_t ends = ~continued & ~lanes_up_to(exec.lane());
      const std::uint32_t length = std::uint32_t((ends ? lowest_bit(ends) : 32) - exec.lane());
      const std::uint32_t root = find_root(parent, std::uint32_t(v.first + exec.lane()));
      const int place = int((root * 2654435761u) >> (32 - kept_bits));
      const std::uint32_t there = owner.cas(place, nobody, root);
      if (there == nobody || there == root) voxels.add(place, length);
      else size.add(root, length);
    });
    exec.sync_block();
    for (int k = exec.thread(); k < tuning::kept_roots; k += exec.threads())
      if (owner.get(k) != nobody) size.add(owner.get(k), voxels.get(k));
  }

 private:
  static constexpr int kept_bits = std::countr_zero(unsigned(tuning::kept_roots));
  static_assert(1 << kept_bits == tuning::kept_roots);
};

}  // namespace radloom::glszm
