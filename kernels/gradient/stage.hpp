#pragma once
#include "backend/cuda/device.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/gradient/magnitudes.hpp"

namespace radloom::gradient {

/// The gradient's magnitude of a batch of images: one launch, whatever their number. The constructor puts it on the stream; the results
/// can be used by work put there afterwards.
template <class Device>
class Stage {
 public:
  struct Wanted {
    ImageOnDevice image;  ///< with what `needed_by` names
    Box box;
    std::array<double, 3> weight;  ///< of differences along each axis (`weights`)
  };

  /// Throws DeviceOutOfMemory.
  Stage(Device& device, backend::Stream stream, const std::vector<Wanted>& batch) {
    std::vector<MagnitudeJob> jobs;
    std::vector<VoxelTile> tiles;
    for (const auto& w : batch) {
      MagnitudeJob job{};
      job.in = w.image.voxels;
      job.type = w.image.type;
      job.box = box_in(w.image, w.box);
      for (int d = 0; d < 3; ++d) {
        job.block_first[d] = w.image.first[d];
        job.whole[d] = w.image.whole[d];
        job.weight[d] = w.weight[d];
      }
      job.out = results_.emplace_back(device, stream, w.box.voxels()).span();
      add_tiles(tiles, jobs.size(), w.box.voxels());
      jobs.push_back(job);
    }
    jobs_ = {device, stream, jobs};
    tiles_ = {device, stream, tiles};
    device.launch(Magnitudes{jobs_.span(), tiles_.span()}, {tiles_.size(), Magnitudes::max_threads, 0}, stream);
  }

  /// The result of image `i`, which is given away.
  backend::Buffer<float, Device> take(std::size_t i) { return std::move(results_[i]); }

 private:
  std::vector<backend::Buffer<float, Device>> results_;
  Table<MagnitudeJob, Device> jobs_;
  Table<VoxelTile, Device> tiles_;
};

}  // namespace radloom::gradient
