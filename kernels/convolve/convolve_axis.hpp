#pragma once
#include "kernels/common/box_in_block.hpp"
#include "kernels/common/ending.hpp"
#include "kernels/common/find_owner.hpp"
#include "kernels/common/samples.hpp"

namespace radloom::convolve {

/// An array convolved along one of its axes.
struct AxisJob {
  Span<const std::uint8_t> in;  ///< bytes; samples of `type`
  ScalarType type;
  std::int32_t axis;
  BoxInBlock box;                          ///< of the responses within what is read; along `axis` it begins at 0
  std::int64_t first_place, first_weight;  ///< in the tables of the batch
  std::int64_t taps, step;
  bool copies;  ///< see filters::Kernel
  Ending ending;
  Span<double> out;  ///< of the box
};

/// A pass of separable convolutions along one axis, over all arrays of a batch.
///
/// Grid: one block `VoxelTile::voxels` responses; the blocks of a job lie behind each other. A response is summed in the order of the weights, from 0
/// on, as the host does. Cost of a response: for each weight a sample, which neighbours in the block read too (first-level cache), its place and
/// the weight; two operations; 8 bytes written, and read before where it is merged.
struct ConvolveAxis {
  static constexpr int max_threads = 256;
  Span<const AxisJob> jobs;
  Span<const std::int64_t> first;   ///< block of each job
  Span<const std::int32_t> places;  ///< of samples along the axis, for every job (filters::places_along)
  Span<const double> weights;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const auto own = owned_block(exec, jobs, first);
    const AxisJob& job = own.region;
    const VoxelTile tile{std::int32_t(own.owner), own.item * VoxelTile::voxels};
    visit_samples(
        exec, job.in.data, job.type, job.box.block_voxels(), [&](const auto& in) { convolve(exec, job, tile, in); });
  }

 private:
  template <class Exec, class Samples>
  RL_HD void convolve(Exec& exec, const AxisJob& job, const VoxelTile& tile, const Samples& in) const {
    const auto place_of = exec.global(places);
    const auto weight = exec.global(weights);
    const auto out = exec.global(job.out);
    const int axis = job.axis;
    const std::int64_t stride = axis == 0 ? 1 : axis == 1 ? job.box.block[0] : job.box.block[0] * job.box.block[1];
    for_each_voxel(exec, tile, job.box.voxels(), [&](std::int64_t i) {
      const auto [place, at] = job.box.voxel(i);
      // Written out: an array that is indexed by what is not known at compile time would lie in memory.
      const std::int64_t along = axis == 0 ? place[0] : axis == 1 ? place[1] : place[2];
      const std::int64_t line = at - along * stride;
      const auto sample = [&](std::int64_t p) {
        const std::int32_t there = place_of[job.first_place + p];
        return there < 0 ? 0.0 : double(in[line + there * stride]);
      };
      double response = 0;
      if (job.copies) response = sample(along);
      else
        for (std::int64_t k = 0; k < job.taps; ++k)
          response += weight[job.first_weight + k] * sample(along + k * job.step);
      out.set(i, job.ending.result(response, job.ending.alone ? 0 : out.get(i)));
    });
  }
};

}  // namespace radloom::convolve
