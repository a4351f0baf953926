#pragma once
#include "kernels/common/lanes.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/glszm/tuning.hpp"

namespace radloom::glszm {

/// Which axes zones may extend along: all but the one across the plane of a 2D run.
struct Along {
  bool x = true, y = true, z = true;
};

/// 32 neighbouring voxels, one a lane of the warp.
struct Vector {
  std::int64_t first;    ///< index of lane 0's voxel among the region's own levels
  std::int32_t level;    ///< of this lane's voxel, 0 outside
  bool same;             ///< does it continue the run of the voxel before?
  std::uint32_t starts;  ///< lanes inside whose voxels do not
};

/// Cuts a tile into as many stretches as the block has warps and walks each, 32 voxels at a time: f(Vector, first voxel of the
/// stretch), for every lane, so that f may hold words of the warp. Padding lies between rows, so no run crosses them.
template <class Exec, class Levels, class F>
RL_HD void walk_stretch(Exec& exec, const LevelRange& range, const Levels& level, bool along_x, const F& f) {
  const std::int64_t length = (tile_voxels / exec.warps() + 31) / 32 * 32;
  const std::int64_t first = range.first + exec.warp() * length;
  const std::int64_t last = first + length < range.last ? first + length : range.last;
  constexpr int ahead = tuning::ahead;
  for (std::int64_t at = first; at < last; at += 32 * ahead) {
    std::uint16_t own[ahead], before[ahead];
    for (int j = 0; j < ahead; ++j) {
      const std::int64_t i = at + 32 * j + exec.lane();
      own[j] = i < last ? level[i] : std::uint16_t(0);
      before[j] = i < last ? level[i - 1] : std::uint16_t(0);
    }
    for (int j = 0; j < ahead; ++j) {
      const bool same = along_x && own[j] && own[j] == before[j];
      const std::uint32_t starts = exec.ballot(own[j] && !same);
      f(Vector{at + 32 * j, own[j], same, starts}, first);
    }
  }
}

}  // namespace radloom::glszm
