#pragma once
#include "kernels/common/lanes.hpp"
#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"
#include "kernels/gldzm/tuning.hpp"

namespace radloom::gldzm {

// How many steps to a face neighbour lead from each voxel of a mask out of it; what lies outside the box is outside the mask. With steps along
// axes alone the distance is a sum over axes, so it is found axis by axis, each time a sweep forth and one back.
//
// Distances have 16 bits and are laid out as the levels are. The shortest way out is at most half of the shortest axis, less than 2^15 where a
// region has less than 2^32 voxels, so that what is cut off at `farthest` on the way is never the shortest.
inline constexpr std::int32_t farthest = 65535;

/// A block's share of a region's rows or columns.
struct LineTile {
  std::int32_t region;
  std::int64_t first;
};

/// Steps along x alone; `farthest` for all inside where no step goes along x.
///
/// Grid: one block `rows_a_block` rows of a region, a warp a row, 32 voxels in two ballots. Cost: a byte of the mask and 2 of distances read a
/// voxel, 2 to 4 written.
struct RowDistances {
  static constexpr int max_threads = tuning::row_threads;
  Span<const LevelRegion> region;
  Span<const std::int64_t> bodies;  ///< where each region's mask begins in `masks`, x fastest, no padding
  Span<const LineTile> tiles;       ///< of rows, numbered y fastest
  Span<const std::uint8_t> masks;
  Span<std::uint16_t> distances;  ///< of every voxel of the levels; unwritten in the padding
  bool along;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const LineTile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const std::int32_t n = r.size[0];
    const std::int64_t rows = std::int64_t(r.size[1]) * r.size[2];
    const std::int64_t last_row = tile.first + tuning::rows_a_block < rows ? tile.first + tuning::rows_a_block : rows;
    const auto body = exec.global(masks.part(exec.global(bodies)[tile.region], r.voxels()));
    const auto all = exec.global(distances.part(r.first, r.padded_voxels()));
    for (std::int64_t row = tile.first + exec.warp(); row < last_row; row += exec.warps()) {
      const auto mask = body.part(row * n, n);
      const auto distance = all.part(r.at(0, row % r.size[1], row / r.size[1]), n);
      std::int32_t way_out = n;  // the nearest voxel outside beyond the vector
      for (std::int32_t v = (n - 1) / 32 * 32; v >= 0; v -= 32) {
        const std::int32_t x = v + exec.lane();
        const bool inside = x < n && mask[x] != 0;
        const std::uint32_t outside = exec.ballot(x < n && !inside), after = outside & ~lanes_up_to(exec.lane());
        if (x < n) {
          const std::int32_t steps = (after ? v + lowest_bit(after) : way_out) - x;
          distance.set(x, std::uint16_t(!inside ? 0 : along && steps < farthest ? steps : farthest));
        }
        if (outside) way_out = v + lowest_bit(outside);
      }
      if (!along) continue;
      way_out = -1;
      for (std::int32_t v = 0; v < n; v += 32) {
        const std::int32_t x = v + exec.lane(), d = x < n ? distance.get(x) : 0;
        const std::uint32_t outside = exec.ballot(x < n && d == 0), before = outside & lanes_up_to(exec.lane());
        const std::int32_t steps = x - (before ? v + highest_bit(before) : way_out);
        if (steps < d) distance.set(x, std::uint16_t(steps));
        if (outside) way_out = v + highest_bit(outside);
      }
    }
  }
};

/// Steps along y or z, beside those that `distances` holds.
///
/// Grid: one block `column_threads` columns of a region, a thread a column; lanes lie side by side along x. Cost: 4 bytes read a voxel, 2
/// written for each that is nearer along this axis.
struct ColumnDistances {
  static constexpr int max_threads = tuning::column_threads;
  Span<const LevelRegion> region;
  Span<const LineTile> tiles;  ///< of columns, numbered x fastest
  Span<std::uint16_t> distances;
  int axis;  ///< 1 (y) or 2 (z)

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const LineTile tile = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[tile.region];
    const std::int32_t n = axis == 1 ? r.size[1] : r.size[2], others = axis == 1 ? r.size[2] : r.size[1];
    const std::int64_t column = tile.first + exec.thread(), columns = std::int64_t(r.size[0]) * others;
    if (column >= columns) return;
    const std::int64_t x = column % r.size[0], other = column / r.size[0];
    const std::int64_t first = axis == 1 ? r.at(x, 0, other) : r.at(x, other, 0);
    const std::int64_t stride = axis == 1 ? r.stride_y : r.stride_z;
    const auto distance = exec.global(distances.part(r.first, r.padded_voxels()));
    sweep(distance, first, stride, n);
    sweep(distance, first + (n - 1) * stride, -stride, n);
  }

 private:
  template <class Distances>
  RL_HD static void sweep(const Distances& distance, std::int64_t first, std::int64_t stride, std::int32_t n) {
    std::int32_t before = 0;
    for (std::int32_t at = 0; at < n; at += tuning::ahead) {
      std::int32_t own[tuning::ahead];
      for (int j = 0; j < tuning::ahead; ++j) own[j] = at + j < n ? distance.get(first + (at + j) * stride) : 0;
      for (int j = 0; j < tuning::ahead; ++j) {
        const bool nearer = before + 1 < own[j];
        before = nearer ? before + 1 : own[j];
        if (nearer) distance.set(first + (at + j) * stride, std::uint16_t(before));
      }
    }
  }
};

}  // namespace radloom::gldzm
