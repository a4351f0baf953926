#pragma once
#include "kernels/common/stage.hpp"
#include "kernels/ih/features.hpp"

namespace radloom::ih {

/// Intensity histograms of a batch. One launch.
template <class Device>
class Stage {
 public:
  /// `output.averaged` gets feature::ih::count doubles a region.
  Stage(const StageInput<Device>& input, const FamilyOutput& output) {
    input.device.launch(Features{input.region, input.inside, input.histogram, output.averaged},
        {input.count(), tuning::region_threads, Features::shared_bytes(tuning::region_threads)}, input.stream);
  }
};

}  // namespace radloom::ih
