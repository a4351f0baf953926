#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "backend/matrices.hpp"
#include "families/common/directions.hpp"
#include "kernels/common/size_cells.hpp"
#include "kernels/common/size_marginals.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/gldm/count_neighbours.hpp"
#include "kernels/gldm/dependence_features.hpp"
#include "kernels/gldm/tuning.hpp"
#include "kernels/ngtdm/difference_features.hpp"

namespace radloom::gldm {

/// Dependences and gray tone differences of a batch: two families, counted in one look around every voxel. At most five launches. Throws
/// DeviceOutOfMemory, also for a region of 2^32 voxels and more with its padding, whose counts could leave 32 bits.
template <class Device>
class Stage {
 public:
  Stage(const StageInput<Device>& input, const FamilyOutput& dependence, const FamilyOutput& difference)
      : input_(input) {
    const std::int64_t n = input.count();
    if (n == 0) return;
    std::vector<Step> steps;
    const auto distances = neighbourhood_distances(input.settings, input.convention);
    for (const Offset& o : neighbours(distances, input.settings, false)) steps.push_back({{o[0], o[1], o[2]}});
    const auto longest = std::int32_t(steps.size()) + 1;
    SizeRowsTotal total;
    std::int32_t most_levels = 0;
    for (const LevelRegion& r : input.regions) {
      if (r.padded_voxels() >> 32) throw backend::DeviceOutOfMemory();
      most_levels = std::max(most_levels, r.highest);
      rows_.push_back(whole_rows(r, longest, total));
    }
    row_table_ = {input.device, input.stream, rows_};
    step_ = {input.device, input.stream, steps};
    row_end_ = input_.template room<std::uint32_t>(input.histogram.size);
    const auto cell_level = input_.template room<std::uint16_t>(total.cells);
    dependence_ = input_.template zeroed<std::uint32_t>(total.cells);
    difference_ = input_.template zeroed<std::uint64_t>(total.cells);
    input.device.launch(LayRows{input.region, row_table_.span(), input.histogram, row_end_, cell_level, true},
        {n, tuning::rows_threads, LayRows::shared_bytes(tuning::rows_threads)}, input.stream);
    const std::int32_t words = std::int32_t(
        std::min<std::int64_t>(std::int64_t(most_levels) * longest * PrivateSizes::most_copies, tuning::private_words));
    if (input.level_tiles.size)
      input.device.launch(CountNeighbours{input.region, row_table_.span(), input.level_tiles, input.levels,
                              step_.span(), row_end_, dependence_, difference_, input.settings.gldm_a, words},
          {input.level_tiles.size, tuning::count_threads, CountNeighbours::shared_bytes(int(steps.size()), words)},
          input.stream);

    if (dependence.averaged.size) {
      auto by_level = input_.template zeroed<std::uint32_t>(input.histogram.size),
           by_size = input_.template zeroed<std::uint32_t>(total.sizes);
      input.device.launch(
          SizeMarginals{input.region, row_table_.span(), row_end_, cell_level, dependence_, by_level, by_size, 1},
          {n, tuning::marginals_threads, 0}, input.stream);
      input.device.launch(
          DependenceFeatures{{input.region, row_table_.span(), row_end_, cell_level, dependence_, by_level, by_size},
              input.pyradiomics() ? 0x1p-52 : 0.0, dependence.averaged},
          {n, tuning::features_threads, DependenceFeatures::shared_bytes(tuning::features_threads)}, input.stream);
    }
    if (difference.averaged.size) {
      const auto voxels = input_.template room<double>(input.histogram.size),
                 differences = input_.template room<double>(input.histogram.size);
      input.device.launch(ngtdm::DifferenceFeatures{input.region, row_table_.span(), row_end_, input.histogram,
                              difference_, voxels, differences, input.pyradiomics(), difference.averaged},
          {n, ngtdm::tuning::features_threads,
              ngtdm::DifferenceFeatures::shared_bytes(ngtdm::tuning::features_threads)},
          input.stream);
    }
  }

  /// Fills Matrices::gldm, ngtdm_count and ngtdm_difference of every region. Waits.
  void collect(std::span<Matrices> out) {
    if (out.empty()) return;
    const auto row_end = fetched(input_.device, input_.stream, row_end_.span());
    const auto dependence = fetched(input_.device, input_.stream, dependence_.span());
    const auto difference = fetched(input_.device, input_.stream, difference_.span());
    const auto voxels = fetched(input_.device, input_.stream, input_.histogram);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const LevelRegion& r = input_.regions[i];
      out[i].gldm = size_cells(r, rows_[i], row_end, dependence, 0, 1);
      for (std::int32_t g = 1; g <= r.highest; ++g) {
        const auto n = voxels[std::size_t(r.histogram + g)];
        if (n == 0) continue;
        out[i].ngtdm_count.push_back(n);
        const auto* const row = difference.data() + rows_[i].first_cell;
        auto& line = out[i].ngtdm_difference.emplace_back(
            row + row_end[std::size_t(r.histogram + g - 1)], row + row_end[std::size_t(r.histogram + g)]);
        line[0] = 0;  // holds the voxels without a neighbour
      }
    }
  }

 private:
  StageInput<Device> input_;
  std::vector<SizeRows> rows_;
  Table<SizeRows, Device> row_table_;
  Table<Step, Device> step_;
  backend::Buffer<std::uint32_t, Device> row_end_, dependence_;
  backend::Buffer<std::uint64_t, Device> difference_;
};

}  // namespace radloom::gldm
