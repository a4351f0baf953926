#pragma once
#include "filters/pointwise/formulas.hpp"
#include "kernels/common/box_in_block.hpp"
#include "kernels/common/double_bits.hpp"
#include "kernels/common/samples.hpp"

namespace radloom::pointwise {

enum class Map : std::int32_t { square, square_root };

struct MapJob {
  Span<const std::uint8_t> in;  ///< bytes; voxels of `type`: the whole image
  ScalarType type;
  Map map;
  BoxInBlock box;
  Span<double> out;  ///< of the box
};

/// The largest absolute value of every image of a batch. The bits of doubles that are not negative are in their order, and beyond them
/// those of what is not a number, which so is the largest wherever there is one.
///
/// Grid: one block a tile of voxels of a whole image. Cost: a voxel read; an atomic a warp.
struct LargestMagnitude {
  static constexpr int max_threads = 256;
  Span<const MapJob> jobs;
  Span<const VoxelTile> tiles;
  Span<std::uint64_t> largest;  ///< bits of a double for each job, zeroed by the caller

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const VoxelTile tile = exec.global(tiles)[exec.block()];
    const MapJob job = exec.global(jobs)[tile.job];
    std::uint64_t most = 0;
    visit_samples(exec, job.in.data, job.type, job.box.block_voxels(), [&](const auto& in) {
      for_each_voxel(exec, tile, job.box.block_voxels(), [&](std::int64_t i) {
        const std::uint64_t magnitude = bits_of(std::abs(double(in[i])));
        most = magnitude > most ? magnitude : most;
      });
    });
    for (int mask = 16; mask > 0; mask /= 2) {
      const std::uint64_t other = exec.shuffle_xor(most, mask);
      most = other > most ? other : most;
    }
    if (exec.lane() == 0) exec.global(largest).max(tile.job, most);
  }
};

/// Square or square root of the voxels of a box, of all images of a batch.
///
/// Grid: one block a tile of voxels. Cost: a voxel read, eight bytes written.
struct MapVoxels {
  static constexpr int max_threads = 256;
  Span<const MapJob> jobs;
  Span<const VoxelTile> tiles;
  Span<const std::uint64_t> largest;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const VoxelTile tile = exec.global(tiles)[exec.block()];
    const MapJob job = exec.global(jobs)[tile.job];
    const double most = double_of(exec.global(largest)[tile.job]);
    const auto out = exec.global(job.out);
    visit_samples(exec, job.in.data, job.type, job.box.block_voxels(), [&](const auto& in) {
      const auto each = [&](const auto& f) {
        for_each_voxel(
            exec, tile, job.box.voxels(), [&](std::int64_t i) { out.set(i, f(double(in[job.box.voxel(i).at]))); });
      };
      if (job.map == Map::square) each(Square(most));
      else each(SquareRoot(most));
    });
  }
};

}  // namespace radloom::pointwise
