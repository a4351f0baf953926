#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "backend/matrices.hpp"
#include "families/common/direction_features.hpp"
#include "kernels/common/mean_over_directions.hpp"
#include "kernels/common/size_cells.hpp"
#include "kernels/common/size_marginals.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/glrlm/count_runs.hpp"
#include "kernels/glrlm/run_features.hpp"
#include "kernels/glrlm/tuning.hpp"

namespace radloom::glrlm {

/// Run lengths of a batch. At most six launches. Throws DeviceOutOfMemory, also for a region of 2^32 voxels and more with its
/// padding, whose counts could leave 32 bits.
template <class Device>
class Stage {
 public:
  Stage(const StageInput<Device>& input, const FamilyOutput& output)
      : input_(input), offsets_(neighbours({1}, input.settings, true)), directions_(int(offsets_.size())) {
    const std::int64_t n = input.count();
    if (n == 0) return;
    std::vector<Step> steps;
    for (const Offset& o : offsets_) steps.push_back({{o[0], o[1], o[2]}});
    SizeRowsTotal total;
    std::vector<LineTile> tiles;
    std::int32_t most_levels = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const LevelRegion& r = input.regions[std::size_t(i)];
      if (r.padded_voxels() >> 32) throw backend::DeviceOutOfMemory();
      most_levels = std::max(most_levels, r.highest);
      rows_.push_back(size_rows(r, std::max({r.size[0], r.size[1], r.size[2]}), total));
      for (std::int64_t first = 0; first < r.voxels();
           first += tuning::count_threads)  // more than any direction has lines
        for (int d = 0; d < directions_; ++d)
          if (first < lines(r, steps[std::size_t(d)])) tiles.push_back({std::int32_t(i), d, first});
    }
    row_table_ = {input.device, input.stream, rows_};
    direction_ = {input.device, input.stream, steps};
    tiles_ = {input.device, input.stream, tiles};
    row_end_ = input_.template room<std::uint32_t>(input.histogram.size);
    cell_level_ = input_.template room<std::uint16_t>(total.cells);
    counts_ = input_.template zeroed<std::uint32_t>(total.cells * directions_);
    two_on_a_line_ = input_.template zeroed<std::uint32_t>(n * directions_);

    input.device.launch(LayRows{input.region, row_table_.span(), input.histogram, row_end_, cell_level_},
        {n, tuning::rows_threads, LayRows::shared_bytes(tuning::rows_threads)}, input.stream);
    const std::int32_t words =
        std::min(most_levels * tuning::private_runs * PrivateSizes::most_copies, tuning::private_words);
    input.device.launch(CountRuns{input.region, row_table_.span(), direction_.span(), tiles_.span(), input.levels,
                            row_end_, counts_, two_on_a_line_, words},
        {tiles_.size(), tuning::count_threads, std::size_t(words) * sizeof(std::uint32_t)}, input.stream);
    if (output.averaged.size == 0 && output.merged.size == 0) return;

    by_level_ = input_.template zeroed<std::uint32_t>(input.histogram.size * directions_);
    by_size_ = input_.template zeroed<std::uint32_t>(total.sizes * directions_);
    input.device.launch(SizeMarginals{input.region, row_table_.span(), row_end_, cell_level_, counts_, by_level_,
                            by_size_, directions_},
        {n * directions_, tuning::marginals_threads, 0}, input.stream);
    if (output.averaged.size) {
      each_ = input_.template room<double>(n * directions_ * feature::glrlm::count);
      features(each_, false);
      const MeanOverDirections mean{each_, input.wholes, output.averaged, directions_, feature::glrlm::count};
      input.device.launch(mean, mean.shape(), input.stream);
    }
    if (output.merged.size) {
      weigh();
      features(output.merged, true);
    }
  }

  /// Fills Matrices::glrlm and glrlm_offsets of every region. Waits.
  void collect(std::span<Matrices> out) {
    if (out.empty()) return;
    const auto row_end = fetched(input_.device, input_.stream, row_end_.span());
    const auto counts = fetched(input_.device, input_.stream, counts_.span());
    const auto two = fetched(input_.device, input_.stream, two_on_a_line_.span());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].glrlm_offsets = offsets_;
      out[i].glrlm.resize(offsets_.size());
      for (int d = 0; d < directions_; ++d)
        if (!input_.pyradiomics() || two[i * offsets_.size() + std::size_t(d)])
          out[i].glrlm[std::size_t(d)] = size_cells(input_.regions[i], rows_[i], row_end, counts, d, directions_);
    }
  }

 private:
  /// The weight of each direction of each region: PyRadiomics' is the length of its step in mm, by the norm asked for.
  void weigh() {
    const auto norm = input_.settings.weighting_norm;
    const auto standard = distance_weights(offsets_, input_.settings);
    std::vector<double> weights;
    for (const LevelRegion& r : input_.regions)
      for (std::size_t d = 0; d < offsets_.size(); ++d)
        weights.push_back(input_.pyradiomics()
                              ? step_length(offsets_[d], {r.spacing_mm[0], r.spacing_mm[1], r.spacing_mm[2]}, norm)
                              : standard[d]);
    weight_ = {input_.device, input_.stream, weights};
  }
  void features(Span<double> out, bool merged) const {
    input_.device.launch(RunFeatures{input_.region, row_table_.span(), row_end_, cell_level_, counts_, by_level_,
                             by_size_, two_on_a_line_, weight_.span(), directions_, merged, input_.pyradiomics(),
                             input_.pyradiomics() ? 0x1p-52 : 0.0, out},
        {input_.count() * (merged ? 1 : directions_), tuning::features_threads,
            RunFeatures::shared_bytes(tuning::features_threads, directions_)},
        input_.stream);
  }

  StageInput<Device> input_;
  std::vector<Offset> offsets_;
  int directions_;
  std::vector<SizeRows> rows_;
  Table<SizeRows, Device> row_table_;
  Table<Step, Device> direction_;
  Table<LineTile, Device> tiles_;
  Table<double, Device> weight_;
  backend::Buffer<std::uint32_t, Device> row_end_, counts_, two_on_a_line_, by_level_, by_size_;
  backend::Buffer<std::uint16_t, Device> cell_level_;
  backend::Buffer<double, Device> each_;
};

}  // namespace radloom::glrlm
