#pragma once
#include "filters/gradient/formulas.hpp"
#include "kernels/common/box_in_block.hpp"
#include "kernels/common/samples.hpp"

namespace radloom::gradient {

struct MagnitudeJob {
  Span<const std::uint8_t>
      in;  ///< bytes; voxels of `type`: a block that reaches a voxel beyond the box, as far as the image goes
  ScalarType type;
  BoxInBlock box;
  std::int64_t block_first[3];  ///< where the block lies in the whole image
  std::int64_t whole[3];
  double weight[3];
  Span<float> out;  ///< of the box
};

/// The gradient's magnitude at every voxel of a box, of all images of a batch.
///
/// Grid: one block a tile of voxels. Cost a voxel: six neighbours read, which other threads of the block read too but for a plane on each side, and
/// a float written.
struct Magnitudes {
  static constexpr int max_threads = 256;
  Span<const MagnitudeJob> jobs;
  Span<const VoxelTile> tiles;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const VoxelTile tile = exec.global(tiles)[exec.block()];
    const MagnitudeJob job = exec.global(jobs)[tile.job];
    const auto out = exec.global(job.out);
    const std::int64_t stride[3]{1, job.box.block[0], job.box.block[0] * job.box.block[1]};
    visit_samples(exec, job.in.data, job.type, job.box.block_voxels(), [&](const auto& in) {
      for_each_voxel(exec, tile, job.box.voxels(), [&](std::int64_t i) {
        const auto [place, at] = job.box.voxel(i);
        const std::int64_t there[3]{
            place[0] + job.block_first[0], place[1] + job.block_first[1], place[2] + job.block_first[2]};
        out.set(i, magnitude(in, at, there, job.whole, stride, job.weight));
      });
    });
  }
};

}  // namespace radloom::gradient
