#pragma once
#include "backend/cuda/device.hpp"
#include "filters/pointwise/pointwise.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/pointwise/map_voxels.hpp"

namespace radloom::pointwise {

/// Squares and square roots of a batch of images: two launches, whatever their number. The constructor puts them on the stream; the results
/// can be used by work put there afterwards.
template <class Device>
class Stage {
 public:
  struct Wanted {
    ImageOnDevice image;  ///< the whole one
    Box box;
    Map map;
  };

  /// Throws Error(usage) where a block is not the whole image, DeviceOutOfMemory.
  Stage(Device& device, backend::Stream stream, const std::vector<Wanted>& batch) {
    std::vector<MapJob> jobs;
    std::vector<VoxelTile> whole, boxes;
    for (const auto& w : batch) {
      check_whole(w.image.size, w.image.whole);
      MapJob job{w.image.voxels, w.image.type, w.map, box_in(w.image, w.box), {}};
      job.out = results_.emplace_back(device, stream, w.box.voxels()).span();
      add_tiles(whole, jobs.size(), job.box.block_voxels());
      add_tiles(boxes, jobs.size(), job.box.voxels());
      jobs.push_back(job);
    }
    jobs_ = {device, stream, jobs};
    whole_ = {device, stream, whole};
    boxes_ = {device, stream, boxes};
    largest_ = {device, stream, jobs_.size()};
    largest_.zero();
    device.launch(LargestMagnitude{jobs_.span(), whole_.span(), largest_},
        {whole_.size(), LargestMagnitude::max_threads, 0}, stream);
    device.launch(MapVoxels{jobs_.span(), boxes_.span(), largest_}, {boxes_.size(), MapVoxels::max_threads, 0}, stream);
  }

  /// The result of image `i`, which is given away.
  backend::Buffer<double, Device> take(std::size_t i) { return std::move(results_[i]); }

 private:
  std::vector<backend::Buffer<double, Device>> results_;
  backend::Buffer<std::uint64_t, Device> largest_;
  Table<MapJob, Device> jobs_;
  Table<VoxelTile, Device> whole_, boxes_;
};

}  // namespace radloom::pointwise
