#pragma once
#include <algorithm>
#include <vector>

#include "kernels/shape/compare_pairs.hpp"
#include "kernels/shape/counts.hpp"
#include "kernels/shape/features.hpp"
#include "kernels/shape/find_candidates.hpp"
#include "kernels/shape/thin_out.hpp"

namespace radloom::shape {

/// The shape features of a batch (StageInput). Seven launches and a scan. Device memory: some 1 KiB a region, and of a box of nx x ny x nz voxels
/// nx ny nz / 8 bytes, 40 ny nz + 36 nx nz for lines and 32 min(ny, nx) nz for candidates.
template <class Device>
class Stage {
 public:
  /// `output.averaged` gets feature::shape::count doubles a region. Throws DeviceOutOfMemory.
  Stage(const StageInput<Device>& input, const FamilyOutput& output) {
    const std::int64_t n = input.count();
    if (n == 0) return;
    std::vector<std::int64_t> all, tiles;
    std::int64_t next = 0, pair_blocks = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      all.push_back(i);
      tiles.push_back(next);
      BodyRegion r;
      for (int d = 0; d < 3; ++d) r.size[d] = input.boxes[std::size_t(i)].size[d];
      next += FindCandidates::tiles(r, tuning::candidate_threads);
      const std::int64_t point_tiles = (r.most_candidates() + tuning::pair_threads - 1) / tuning::pair_threads;
      if (pair_blocks < tuning::pair_blocks)
        pair_blocks += std::min<std::int64_t>(point_tiles * (point_tiles + 1) / 2, tuning::pair_blocks);
    }
    counts_ = {input, all, -1};
    auto& device = input.device;
    const auto stream = input.stream;
    tiles_ = {device, stream, tiles};
    listed_ = {device, stream, n};
    listed_.zero();
    list_ = {device, stream, counts_.most_candidates()};
    left_ = {device, stream, counts_.most_candidates()};
    clouds_ = {device, stream, n};
    pair_tiles_ = {device, stream, n + 1};
    pair_tiles_.zero();
    first_pair_ = {device, stream, n + 1};

    device.launch(FindCandidates{counts_.regions(), tiles_.span(), counts_.x_lines(), counts_.y_lines(),
                      counts_.z_corners(), counts_.y_corners(), counts_.x_corners(), list_, listed_},
        {next, tuning::candidate_threads, 0}, stream);
    device.launch(
        ThinOut{counts_.regions(), counts_.x_lines(), list_, listed_, left_, clouds_, pair_tiles_, counts_.largest()},
        {n, tuning::cloud_threads, ThinOut::shared_bytes(tuning::cloud_threads)}, stream);
    device.exclusive_scan(pair_tiles_, first_pair_, stream);
    device.launch(ComparePairs{counts_.regions(), counts_.x_lines(), left_, clouds_, first_pair_, counts_.largest()},
        {std::min<std::int64_t>(pair_blocks, tuning::pair_blocks), tuning::pair_threads, ComparePairs::shared_bytes()},
        stream);
    device.launch(Features{counts_.regions(), counts_.patterns(), counts_.moments(), counts_.largest(), mesh_table,
                      input.pyradiomics(), output.averaged},
        {n, tuning::feature_threads, Features::shared_bytes(tuning::feature_threads)}, stream);
  }

 private:
  Counts<Device> counts_;
  Table<std::int64_t, Device> tiles_;
  backend::Buffer<std::uint32_t, Device> listed_;
  backend::Buffer<VertexKey, Device> list_, left_;
  backend::Buffer<Cloud, Device> clouds_;
  backend::Buffer<std::uint64_t, Device> pair_tiles_, first_pair_;
};

}  // namespace radloom::shape
