#pragma once
#include "kernels/common/lanes.hpp"
#include "kernels/common/private_sizes.hpp"
#include "kernels/common/regions.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/span.hpp"
#include "kernels/glrlm/tuning.hpp"

namespace radloom::glrlm {

/// A block's share of the runs: `count_threads` lines of a region along a direction, from line `first` on.
struct LineTile {
  std::int32_t region;
  std::int32_t direction;
  std::int64_t first;
};

/// The axis along which a direction's lines are walked: the last that it moves along.
RL_HD inline int main_axis(const Step& s) { return s.offset[2] ? 2 : s.offset[1] ? 1 : 0; }

/// Lines of a region along a direction, as `CountRuns` walks them.
RL_HD inline std::int64_t lines(const LevelRegion& r, const Step& s) {
  const int axis = main_axis(s);
  return std::int64_t(axis == 0 ? r.size[1] : r.size[0]) * (axis == 2 ? r.size[1] : r.size[2]);
}

/// Counts the runs of every direction.
///
/// A line starts at each voxel of the face where the main axis (z, else y, else x) is 0 and walks to the opposite face. Where a step
/// sideways leaves the box it comes in again on the other side, and a new line of the definition begins there. So a direction has as many
/// lines as that face has voxels, all of one length, every voxel lies on one, and the lines of a warp lie side by side in memory. Along x
/// itself a warp takes a row, 32 voxels at a time, and finds the runs in ballots.
///
/// Grid: one block a line tile, the directions of the same lines in a row, so that what one reads the others find in cache. Cost for a voxel and a
/// direction: 2 bytes read, about 41 instructions, and one atomic, shared most of the time, a run.
struct CountRuns {
  static constexpr int max_threads = tuning::count_threads;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const Step> direction;
  Span<const LineTile> tiles;
  Span<const std::uint16_t> levels;
  Span<const std::uint32_t> row_end;
  Span<std::uint32_t> counts;  ///< see SizeRows; zeroed by the caller
  Span<std::uint32_t>
      two_on_a_line;  ///< [region][direction], zeroed by the caller: 1 where a line holds two voxels of the region
  int private_words;  ///< of shared memory

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto room = exec.template shared<std::uint32_t>(private_words);
    const LineTile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const SizeRows own = exec.global(rows)[tile.region];
    const Step step = exec.global(direction)[tile.direction];
    const std::int64_t directions = direction.size;

    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const auto count = exec.global(counts.part(own.first_cell * directions + tile.direction * own.cells, own.cells));
    const SizeTally tally(
        exec, room, r.highest, PrivateSizes(r.highest, tuning::private_runs, private_words), end, count);
    tally.start();
    const bool two = main_axis(step) == 0 ? walk_rows(exec, r, level, tile.first, tally)
                                          : walk_lines(exec, r, step, level, tile.first, tally);
    if (exec.ballot(two) && exec.lane() == 0)
      exec.global(two_on_a_line).store(tile.region * directions + tile.direction, 1u);
    tally.finish();
  }

 private:
  /// A line a thread. Returns whether it holds two voxels of the region.
  template <class Exec, class Levels, class Tally>
  RL_HD static bool walk_lines(Exec& exec, const LevelRegion& r, const Step& step, const Levels& level,
      std::int64_t first_line, const Tally& tally) {
    const std::int64_t line = first_line + exec.thread();
    if (line >= lines(r, step)) return false;
    // Two axes are walked across: x, and y where z is the main one. Where y is, no step moves along z.
    const bool along_z = main_axis(step) == 2;
    const std::int32_t nx = r.size[0], ny = r.size[1], length = along_z ? r.size[2] : ny;
    const std::int32_t dx = step.offset[0], dy = along_z ? step.offset[1] : 0;
    std::int32_t x = std::int32_t(line % nx), y = along_z ? std::int32_t(line / nx) : 0;
    std::int64_t at = along_z ? r.at(x, y, 0) : r.at(x, 0, line / nx);
    const std::int64_t forward = r.step(step.offset);

    std::int32_t run_level = 0, run_length = 0;
    bool seen = false, two = false, enters = false;
    for (std::int32_t k = 0; k < length; k += tuning::ahead) {
      std::uint16_t g[tuning::ahead];
      bool starts[tuning::ahead];  // a line
      for (int j = 0; j < tuning::ahead; ++j) {
        g[j] = k + j < length ? level[at] : std::uint16_t(0);
        starts[j] = enters;
        if (k + j + 1 >= length) continue;  // the next step would leave
        at += forward;
        x += dx;
        y += dy;
        enters = false;
        if (x < 0 || x >= nx) {
          const std::int32_t back = x < 0 ? nx : -nx;
          x += back;
          at += back;
          enters = true;
        }
        if (y < 0 || y >= ny) {
          const std::int32_t back = y < 0 ? ny : -ny;
          y += back;
          at += back * r.stride_y;
          enters = true;
        }
      }
      for (int j = 0; j < tuning::ahead; ++j) {
        const bool inside = g[j] != 0;
        if (g[j] != run_level || starts[j]) {
          if (run_level) tally.add(run_level, run_length);
          run_level = g[j];
          run_length = 0;
        }
        ++run_length;
        seen = seen && !starts[j];
        two = two || (seen && inside);
        seen = seen || inside;
      }
    }
    if (run_level) tally.add(run_level, run_length);
    return two;
  }

  /// Rows along x, a warp each.
  template <class Exec, class Levels, class Tally>
  RL_HD static bool walk_rows(
      Exec& exec, const LevelRegion& r, const Levels& level, std::int64_t first_line, const Tally& tally) {
    const std::int64_t rows_of_box = std::int64_t(r.size[1]) * r.size[2];
    const std::int64_t behind = first_line + exec.threads() < rows_of_box ? first_line + exec.threads() : rows_of_box;
    bool two = false;
    for (std::int64_t row = first_line + exec.warp(); row < behind; row += exec.warps()) {
      const std::int64_t start = r.at(0, row % r.size[1], row / r.size[1]);
      std::int32_t begun = 0;  // where the last run began
      bool seen = false;
      for (std::int32_t first = 0; first < r.size[0]; first += 32) {
        const std::int32_t x = first + exec.lane();
        const bool valid = x < r.size[0];
        const std::int32_t g = valid ? level[start + x] : 0;
        const std::int32_t before = valid ? level[start + x - 1] : 0, after = valid ? level[start + x + 1] : 0;
        const std::uint32_t begins = exec.ballot(g && g != before), inside = exec.ballot(g);
        if (g && g != after) {
          const std::uint32_t mine = begins & lanes_up_to(exec.lane());
          tally.add(g, x + 1 - (mine ? first + highest_bit(mine) : begun));
        }
        if (begins) begun = first + highest_bit(begins);
        two = two || (inside && (seen || (inside & (inside - 1))));
        seen = seen || inside;
      }
    }
    return two;
  }
};

}  // namespace radloom::glrlm
