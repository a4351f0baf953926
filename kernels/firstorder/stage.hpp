#pragma once
#include "catalogue/indices.hpp"
#include "kernels/firstorder/moments.hpp"

namespace radloom::firstorder {

/// First-order features of a batch: the order statistics digit by digit, then three passes over the voxels.
template <class Device>
class Stage {
 public:
  Stage(const StageInput<Device>& input, const FamilyOutput& output) {
    auto& device = input.device;
    const auto stream = input.stream;
    const std::int64_t regions = input.count();
    selection_ = {device, stream, regions};
    histogram_ = {device, stream, regions * CountDigit::shared_words};
    progress_ = {device, stream, regions};
    partials_ = {device, stream, input.box_tiles.size * most_sums};
    histogram_.zero();
    std::vector<TileRange> ranges;
    std::int64_t first = 0;
    for (const auto& b : input.boxes) {
      const std::int64_t count = (b.voxels() + tile_voxels - 1) / tile_voxels;
      ranges.push_back({first, count});
      first += count;
    }
    ranges_ = {device, stream, ranges};

    const std::int64_t tiles = input.box_tiles.size;
    device.launch(StartSelection{input.inside, selection_},
        {(regions + tuning::region_threads - 1) / tuning::region_threads, tuning::region_threads, 0}, stream);
    const int lowest = lowest_bit(input.boxes);
    for (int shift = 56;; shift -= 8) {
      const bool last = shift <= lowest;
      device.launch(
          CountDigit{shift, input.box, input.box_tiles, input.images, input.masks, selection_.span(), histogram_},
          {tiles, tuning::tile_threads, CountDigit::shared_words * sizeof(std::uint32_t)}, stream);
      device.launch(ChooseDigit{shift, last, input.inside, selection_, histogram_},
          {regions, tuning::choose_threads, 2 * ((targets * sizeof(std::uint64_t) + 15) / 16 * 16)}, stream);
      if (last) break;
    }
    const double shift = input.pyradiomics() ? input.settings.voxel_array_shift : 0;
    pass<Pass::mean>(input, shift, output.averaged);
    pass<Pass::moments>(input, shift, output.averaged);
    pass<Pass::robust>(input, shift, output.averaged);
  }

 private:
  /// The lowest bit of an ordered key that differs between intensities of one sign, over all types of the batch.
  static int lowest_bit(std::span<const BoxRegion> boxes) {
    int lowest = 63;
    for (const auto& b : boxes) lowest = std::min(lowest, lowest_bit(b.type));
    return lowest;
  }
  static int lowest_bit(ScalarType type) {
    switch (type) {  // sign and exponent take 12 bits; then as many as the significand may use
      case ScalarType::int8:
      case ScalarType::uint8: return 52 - 7;
      case ScalarType::int16:
      case ScalarType::uint16: return 52 - 15;
      case ScalarType::int32:
      case ScalarType::uint32: return 52 - 31;
      case ScalarType::float32: return 52 - 23;
      case ScalarType::float64: break;
    }
    return 0;
  }

  template <Pass which>
  void pass(const StageInput<Device>& input, double shift, const Span<double>& out) {
    const auto team_bytes = [](int threads) { return std::size_t(team_doubles(threads)) * sizeof(double); };
    input.device.launch(
        SumTile<which>{input.box, input.box_tiles, input.images, input.masks, progress_.span(), shift, partials_},
        {input.box_tiles.size, tuning::tile_threads, team_bytes(tuning::tile_threads)}, input.stream);
    input.device.launch(FinishPass<which>{input.box, input.region, ranges_.span(), input.inside, partials_.span(),
                            selection_.span(), input.histogram, progress_, input.pyradiomics(), out},
        {input.count(), tuning::region_threads, team_bytes(tuning::region_threads)}, input.stream);
  }

  backend::Buffer<Selection, Device> selection_;
  backend::Buffer<std::uint32_t, Device> histogram_;
  backend::Buffer<Progress, Device> progress_;
  backend::Buffer<double, Device> partials_;
  Table<TileRange, Device> ranges_;
};

}  // namespace radloom::firstorder
