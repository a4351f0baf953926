#pragma once
#include <algorithm>
#include <vector>

#include "backend/matrices.hpp"
#include "kernels/common/size_cells.hpp"
#include "kernels/common/size_marginals.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/gldzm/border_distances.hpp"
#include "kernels/gldzm/distance_features.hpp"
#include "kernels/gldzm/nearest_voxels.hpp"
#include "kernels/gldzm/tally_distances.hpp"
#include "kernels/gldzm/tuning.hpp"
#include "kernels/glszm/forest.hpp"

namespace radloom::gldzm {

/// Zones of a batch by their distance from the border of the morphological mask. Eight launches at most beside those of the forest. Throws
/// DeviceOutOfMemory.
template <class Device>
class Stage {
 public:
  /// `forest` is needed until this returns.
  Stage(const StageInput<Device>& input, const glszm::Forest<Device>& forest, const FamilyOutput& output)
      : input_(input), flat_(input.flat_axis()) {
    const std::int64_t n = input.count();
    if (n == 0) return;
    SizeRowsTotal total;
    std::int32_t most_levels = 0;
    for (const LevelRegion& r : input.regions) {
      rows_.push_back(whole_rows(r, farthest_of(r), total));
      most_levels = std::max(most_levels, r.highest);
    }
    row_table_ = {input.device, input.stream, rows_};
    row_end_ = input_.template room<std::uint32_t>(input.histogram.size);
    const auto cell_level = input_.template room<std::uint16_t>(total.cells);
    counts_ = input_.template zeroed<std::uint32_t>(total.cells);
    input.device.launch(LayRows{input.region, row_table_.span(), input.histogram, row_end_, cell_level, true},
        {n, tuning::rows_threads, LayRows::shared_bytes(tuning::rows_threads)}, input.stream);
    {
      auto nearest = input_.template zeroed<std::uint32_t>(input.levels.size);
      find_nearest(forest, nearest);
      const std::int32_t words =
          std::min(most_levels * tuning::private_distances * PrivateSizes::most_copies, tuning::private_words);
      launch(TallyDistances{input.region, row_table_.span(), input.level_tiles, input.levels, nearest, row_end_,
                 counts_, words},
          input.level_tiles.size, tuning::zone_threads, std::size_t(words) * sizeof(std::uint32_t));
    }
    if (output.averaged.size == 0) return;

    auto by_level = input_.template zeroed<std::uint32_t>(input.histogram.size),
         by_size = input_.template zeroed<std::uint32_t>(total.sizes);
    input.device.launch(
        SizeMarginals{input.region, row_table_.span(), row_end_, cell_level, counts_, by_level, by_size, 1},
        {n, tuning::marginals_threads, 0}, input.stream);
    input.device.launch(
        DistanceFeatures{{input.region, row_table_.span(), row_end_, cell_level, counts_, by_level, by_size},
            input.inside, output.averaged},
        {n, tuning::features_threads, DistanceFeatures::shared_bytes(tuning::features_threads)}, input.stream);
  }

  /// The cells of every region's matrix, by level, then distance; `size` is the distance. Waits.
  std::vector<std::vector<Matrices::Cell>> collect() const {
    std::vector<std::vector<Matrices::Cell>> out;
    if (rows_.empty()) return out;
    const auto row_end = fetched(input_.device, input_.stream, row_end_.span());
    const auto counts = fetched(input_.device, input_.stream, counts_.span());
    for (std::size_t i = 0; i < rows_.size(); ++i)
      out.push_back(size_cells(input_.regions[i], rows_[i], row_end, counts, 0, 1));
    return out;
  }

 private:
  template <class Body>
  void launch(const Body& body, std::int64_t blocks, int threads, std::size_t shared_bytes) const {
    if (blocks) input_.device.launch(body, {blocks, threads, shared_bytes}, input_.stream);
  }

  /// No voxel of the box is further from its outside.
  std::int32_t farthest_of(const LevelRegion& r) const {
    std::int32_t shortest = farthest;
    for (int axis = 0; axis < 3; ++axis)
      if (axis != flat_) shortest = std::min(shortest, r.size[axis]);
    return (shortest + 1) / 2;
  }

  void find_nearest(const glszm::Forest<Device>& forest, Span<std::uint32_t> nearest) {
    const StageInput<Device>& in = input_;
    const auto distances = input_.template room<std::uint16_t>(in.levels.size);
    for (int axis = 0; axis < 3; ++axis) {
      if (axis == flat_ && axis > 0) continue;  // along x all distances are written, whether steps go there or not
      auto& tiles = lines_[axis];
      tiles = line_tiles(axis);
      if (axis == 0)
        launch(RowDistances{in.region, in.bodies, tiles.span(), in.masks, distances, flat_ != 0}, tiles.size(),
            tuning::row_threads, 0);
      else launch(ColumnDistances{in.region, tiles.span(), distances, axis}, tiles.size(), tuning::column_threads, 0);
    }
    launch(NearestVoxels{in.region, in.level_tiles, in.levels, distances, forest.parents(), nearest, forest.along().x},
        in.level_tiles.size, tuning::zone_threads, NearestVoxels::shared_bytes());
  }

  /// The lines along an axis of every region.
  Table<LineTile, Device> line_tiles(int axis) const {
    const std::int64_t a_block = axis == 0 ? tuning::rows_a_block : tuning::column_threads;
    std::vector<LineTile> tiles;
    for (std::size_t i = 0; i < input_.regions.size(); ++i)
      for (std::int64_t first = 0, n = input_.regions[i].voxels() / input_.regions[i].size[axis]; first < n;
           first += a_block)
        tiles.push_back({std::int32_t(i), first});
    return {input_.device, input_.stream, tiles};
  }

  StageInput<Device> input_;
  int flat_;
  std::vector<SizeRows> rows_;
  Table<SizeRows, Device> row_table_;
  Table<LineTile, Device> lines_[3];
  backend::Buffer<std::uint32_t, Device> row_end_, counts_;
};

}  // namespace radloom::gldzm
