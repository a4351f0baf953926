#pragma once
#include "kernels/glszm/gather.hpp"

namespace radloom::gldzm {

/// A distance as what grows with nearness, so that 0 stands for none and the atomic is a maximum; and back.
RL_HD inline std::uint32_t nearness(std::int32_t distance) { return std::uint32_t(65536 - distance); }
RL_HD inline std::int32_t distance_of(std::uint32_t nearness) { return 65536 - std::int32_t(nearness); }

/// Finds the smallest distance of every zone's voxels at its root (see kernels/glszm/gather.hpp).
///
/// Grid: one block a level tile. Cost: 2 bytes read a voxel and 2 more inside, five shuffles for 32 voxels, a walk to the root and one or two
/// shared atomics a run's piece of at most 32.
struct NearestVoxels {
  static constexpr int max_threads = tuning::zone_threads;
  Span<const LevelRegion> region;
  Span<const Tile> tiles;
  Span<const std::uint16_t> levels;
  Span<const std::uint16_t> distances;  ///< see border_distances.hpp
  Span<std::uint32_t> parents;
  Span<std::uint32_t>
      nearest;   ///< of every voxel of `levels`, zeroed by the caller: nearness of the zone whose root it is
  bool along_x;  ///< do zones extend along x?

  static std::size_t shared_bytes() { return glszm::gathered_bytes(); }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const auto distance = exec.global(distances.part(r.first, r.padded_voxels()));
    glszm::gather_at_roots(
        exec, r, tile, levels, parents, nearest, along_x,
        [&](const glszm::Vector& v, int left) {
          std::uint32_t most = v.level ? nearness(distance[v.first + exec.lane()]) : 0;
          for (int reach = 1; reach < 32;
               reach *= 2) {  // so many voxels from this lane on are compared, or all that are left
            const std::uint32_t other = exec.shuffle_down(most, reach);
            if (reach < left && other > most) most = other;
          }
          return most;
        },
        [](const auto& view, std::int64_t at, std::uint32_t number) { view.max(at, number); });
  }
};

}  // namespace radloom::gldzm
