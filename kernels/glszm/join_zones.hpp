#pragma once
#include "kernels/common/union_find.hpp"
#include "kernels/glszm/stretch.hpp"

namespace radloom::glszm {

/// Hangs every voxel inside onto the first of its run along x, without one atomic: the runs of a warp's stretch are seen in ballots, and the
/// first voxel of a stretch that continues a run is hung onto the voxel before it.
///
/// Grid: one block a level tile. Cost: 2 bytes read a voxel, 4 written a voxel inside.
struct HangRuns {
  static constexpr int max_threads = tuning::threads;
  Span<const LevelRegion> region;
  Span<const Tile> tiles;
  Span<const std::uint16_t> levels;
  Span<std::uint32_t> parents;  ///< of every voxel of `levels`, by the index among its region's own; unwritten outside
  Along along;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto parent = exec.global(parents.part(r.first, r.padded_voxels()));
    std::int64_t begun = -1;  // where the last run began; -1: before the stretch
    walk_stretch(exec, range_of(r, tile), level, along.x, [&](const Vector& v, std::int64_t stretch) {
      if (v.level) {
        const std::uint32_t mine = v.starts & lanes_up_to(exec.lane());
        const std::int64_t i = v.first + exec.lane(), start = mine ? v.first + highest_bit(mine) : begun;
        parent.set(i, std::uint32_t(start >= 0 ? start : i == stretch ? i - 1 : stretch));
      }
      if (v.starts) begun = v.first + highest_bit(v.starts);
    });
  }
};

/// Joins the runs of neighbouring rows that touch and have one level, each touch once: of two runs that share columns the first of these
/// joins them, of two that touch at a corner the corner does.
///
/// Grid: one block a level tile. Cost: 2 bytes read a voxel from memory and 14 words from the first cache a voxel inside (6 in a plane),
/// and a walk to two roots for every two runs that touch.
struct JoinRows {
  static constexpr int max_threads = tuning::threads;
  Span<const LevelRegion> region;
  Span<const Tile> tiles;
  Span<const std::uint16_t> levels;
  Span<std::uint32_t> parents;
  Along along;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto parent = exec.global(parents.part(r.first, r.padded_voxels()));
    const LevelRange range = range_of(r, tile);
    for (std::int64_t i = range.first + exec.thread(); i < range.last; i += exec.threads()) {
      const std::uint16_t g = level[i];
      if (g == 0) continue;
      const bool left = along.x && level[i - 1] == g, right = along.x && level[i + 1] == g;
      // Joins with the row whose voxel beside this one is `j`.
      const auto with_row = [&](std::int64_t j) {
        const bool beside = level[j] == g;
        const bool before = along.x && level[j - 1] == g, after = along.x && level[j + 1] == g;
        if (beside) {
          if (!(left && before)) join(parent, std::uint32_t(i), std::uint32_t(j));
          return;
        }
        if (before && !left) join(parent, std::uint32_t(i), std::uint32_t(j - 1));
        if (after && !right) join(parent, std::uint32_t(i), std::uint32_t(j + 1));
      };
      if (along.y) with_row(i - r.stride_y);
      if (along.z) {
        with_row(i - r.stride_z);
        if (along.y) {
          with_row(i - r.stride_z - r.stride_y);
          with_row(i - r.stride_z + r.stride_y);
        }
      }
    }
  }
};

}  // namespace radloom::glszm
