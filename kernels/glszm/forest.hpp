#pragma once
#include "kernels/common/stage.hpp"
#include "kernels/glszm/join_zones.hpp"
#include "kernels/glszm/tuning.hpp"

namespace radloom::glszm {

/// The zones of a batch as trees (see join_zones.hpp), for everyone who has something to say of zones. Two launches. Throws
/// DeviceOutOfMemory, also for a region of 2^32 voxels and more with its padding, which 32-bit parents cannot number.
template <class Device>
class Forest {
 public:
  explicit Forest(const StageInput<Device>& input) {
    const int flat = input.flat_axis();
    along_ = {flat != 0, flat != 1, flat != 2};
    for (const LevelRegion& r : input.regions)
      if (r.padded_voxels() >> 32) throw backend::DeviceOutOfMemory();
    if (input.count() == 0) return;
    parents_ = {input.device, input.stream, input.levels.size};
    const auto launch = [&](const auto& body) {
      if (input.level_tiles.size) input.device.launch(body, {input.level_tiles.size, tuning::threads, 0}, input.stream);
    };
    launch(HangRuns{input.region, input.level_tiles, input.levels, parents_, along_});
    launch(JoinRows{input.region, input.level_tiles, input.levels, parents_, along_});
  }
  /// Of every voxel, by the index among its region's own levels; walking to a root shortens the way for the next.
  Span<std::uint32_t> parents() const { return parents_; }
  const Along& along() const { return along_; }

 private:
  Along along_;
  backend::Buffer<std::uint32_t, Device> parents_;
};

}  // namespace radloom::glszm
