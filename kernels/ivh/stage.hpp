#pragma once
#include "kernels/common/stage.hpp"
#include "kernels/ivh/count_reached.hpp"

namespace radloom::ivh {

/// Intensity-volume histograms of a batch. Two launches, after first order's selection.
template <class Device>
class Stage {
 public:
  /// `selection` as firstorder::Order leaves it; `output.averaged` gets feature::ivh::count doubles a region.
  Stage(const StageInput<Device>& input, const Rule& rule, Span<const firstorder::Selection> selection,
      const FamilyOutput& output) {
    const std::int64_t regions = input.count();
    tallies_ = input.template zeroed<std::uint64_t>(regions * tally::words);
    input.device.launch(
        CountReached{rule, input.box, input.box_tiles, input.images, input.masks, input.inside, selection, tallies_},
        {input.box_tiles.size, tuning::tile_threads, 0}, input.stream);
    input.device.launch(Features{rule, input.inside, selection, tallies_, output.averaged},
        {(regions + tuning::region_threads - 1) / tuning::region_threads, tuning::region_threads, 0}, input.stream);
  }

 private:
  backend::Buffer<std::uint64_t, Device> tallies_;
};

}  // namespace radloom::ivh
