#pragma once
#include "catalogue/indices.hpp"
#include "kernels/firstorder/moments.hpp"
#include "kernels/firstorder/order_stage.hpp"

namespace radloom::firstorder {

/// First-order features of a batch from its order statistics: three passes over the voxels.
template <class Device>
class Stage {
 public:
  /// `selection` as Order leaves it.
  Stage(const StageInput<Device>& input, Span<const Selection> selection, const FamilyOutput& output)
      : selection_(selection) {
    auto& device = input.device;
    const auto stream = input.stream;
    progress_ = {device, stream, input.count()};
    partials_ = {device, stream, input.box_tiles.size * most_sums};
    ranges_ = {device, stream, box_tile_ranges(input.boxes)};

    const double shift = input.pyradiomics() ? input.settings.voxel_array_shift : 0;
    pass<Pass::mean>(input, shift, output.averaged);
    pass<Pass::moments>(input, shift, output.averaged);
    pass<Pass::robust>(input, shift, output.averaged);
  }

 private:
  template <Pass which>
  void pass(const StageInput<Device>& input, double shift, const Span<double>& out) {
    const auto team_bytes = [](int threads) { return std::size_t(team_doubles(threads)) * sizeof(double); };
    input.device.launch(
        SumTile<which>{input.box, input.box_tiles, input.images, input.masks, progress_.span(), shift, partials_},
        {input.box_tiles.size, tuning::tile_threads, team_bytes(tuning::tile_threads)}, input.stream);
    input.device.launch(FinishPass<which>{input.box, input.region, ranges_.span(), input.inside, partials_.span(),
                            selection_, input.histogram, progress_, input.pyradiomics(), out},
        {input.count(), tuning::region_threads, team_bytes(tuning::region_threads)}, input.stream);
  }

  Span<const Selection> selection_;
  backend::Buffer<Progress, Device> progress_;
  backend::Buffer<double, Device> partials_;
  Table<TileRange, Device> ranges_;
};

}  // namespace radloom::firstorder
