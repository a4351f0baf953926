#pragma once
#include "kernels/shape/counts.hpp"
#include "kernels/shape2d/features.hpp"

namespace radloom::shape2d {

/// The features of plane figures of a batch (StageInput): of regions one voxel thick across `force_2d_dimension`; those of others are NaN.
/// Four launches.
template <class Device>
class Stage {
 public:
  /// `output.averaged` gets feature::shape2d::count doubles a region. Throws DeviceOutOfMemory.
  Stage(const StageInput<Device>& input, const FamilyOutput& output) {
    if (input.count() == 0) return;
    const int axis = 2 - input.settings.force_2d_dimension;
    std::vector<std::int64_t> flat;
    std::vector<std::int32_t> body_of;
    for (std::int64_t i = 0; i < input.count(); ++i) {
      const bool is_flat = input.boxes[std::size_t(i)].size[axis] == 1;
      body_of.push_back(is_flat ? std::int32_t(flat.size()) : -1);
      if (is_flat) flat.push_back(i);
    }
    counts_ = {input, flat, 2 - axis};
    body_of_ = {input.device, input.stream, body_of};
    input.device.launch(Features{counts_.regions(), counts_.patterns(), counts_.moments(), counts_.largest(),
                            body_of_.span(), axis, output.averaged},
        {(input.count() + tuning::feature_threads - 1) / tuning::feature_threads, tuning::feature_threads, 0},
        input.stream);
  }

 private:
  shape::Counts<Device> counts_;
  Table<std::int32_t, Device> body_of_;
};

}  // namespace radloom::shape2d
