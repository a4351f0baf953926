#pragma once
#include "backend/cuda/device.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/preprocess/resample.hpp"
#include "preprocess/resample_plan.hpp"

namespace radloom::preprocess {

/// Resamples a batch of images: five launches, whatever their number. The constructor puts them on the stream; the results can be used
/// by work put there afterwards.
template <class Device>
class ResampleStage {
 public:
  struct Wanted {
    ResamplePlan plan;
    Span<const std::uint8_t>
        block;  ///< bytes: the part of the image that the plan needs; not looked at where the plan needs nothing
    ScalarType type = ScalarType::int16;
    std::array<std::int64_t, 3> image_size{}, grid_size{};
  };

  ResampleStage(Device& device, backend::Stream stream, const std::vector<Wanted>& batch) {
    std::vector<Tap> taps;
    std::vector<double> weights;
    for (const auto& w : batch)
      for (const auto& axis : w.plan.axis) {
        taps.insert(taps.end(), axis.at.begin(), axis.at.end());
        weights.insert(weights.end(), axis.weights.begin(), axis.weights.end());
      }
    taps_ = {device, stream, taps};
    weights_ = {device, stream, weights};
    std::vector<ResampleJob> jobs;
    std::vector<ResampleTile> voxels, grid, lines[3];
    std::int64_t tap = 0, weight = 0;
    for (const auto& w : batch) {
      ResampleJob job{};
      job.type = w.type;
      job.interpolator = w.plan.interpolator;
      job.image = w.block;
      for (int d = 0; d < 3; ++d) {
        job.image_size[d] = w.image_size[d];
        job.grid_size[d] = w.grid_size[d];
        const auto& axis = w.plan.axis[d];
        job.taps[d] = taps_.span().part(tap, std::int64_t(axis.at.size()));
        job.weights[d] = weights_.span().part(weight, std::int64_t(axis.weights.size()));
        tap += std::int64_t(axis.at.size());
        weight += std::int64_t(axis.weights.size());
        if (!w.plan.any) continue;
        job.block_first[d] = w.plan.needed.first[d];
        job.block_size[d] = w.plan.needed.size[d];
        job.start[d] = spline_start(job.block_size[d]);
      }
      job.block = blocks_.emplace_back(device, stream, job.block_voxels()).span();
      job.out = results_.emplace_back(device, stream, job.grid_voxels() * std::int64_t(bytes_of(w.type))).span();
      const auto tile = [&](std::vector<ResampleTile>& tiles, std::int64_t items) {
        for (std::int64_t first = 0; first < items; first += resample_tile)
          tiles.push_back({std::int32_t(jobs.size()), first});
      };
      if (w.plan.any) {
        tile(voxels, job.block_voxels());
        for (int d = 0; d < 3 && w.plan.interpolator == Interpolator::bspline; ++d)
          if (job.block_size[d] > 1) tile(lines[d], job.block_voxels() / job.block_size[d]);
      }
      tile(grid, job.grid_voxels());
      jobs.push_back(job);
    }
    jobs_ = {device, stream, jobs};
    const auto launch = [&](auto body, const std::vector<ResampleTile>& tiles) {
      body.tiles = tiles_.emplace_back(device, stream, tiles).span();
      if (!tiles.empty()) device.launch(body, {std::int64_t(tiles.size()), threads, 0}, stream);
    };
    launch(LoadBlock{jobs_.span(), {}}, voxels);
    for (int d = 0; d < 3; ++d) launch(SplineLines{d, jobs_.span(), {}}, lines[d]);
    launch(Resample{jobs_.span(), {}}, grid);
  }

  /// The bytes of result `i`, which are given away.
  backend::Buffer<std::uint8_t, Device> take(std::size_t i) { return std::move(results_[i]); }

 private:
  static constexpr int threads = 128;
  Table<Tap, Device> taps_;
  Table<double, Device> weights_;
  Table<ResampleJob, Device> jobs_;
  std::vector<Table<ResampleTile, Device>> tiles_;
  std::vector<backend::Buffer<double, Device>> blocks_;
  std::vector<backend::Buffer<std::uint8_t, Device>> results_;
};

}  // namespace radloom::preprocess
