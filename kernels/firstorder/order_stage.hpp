#pragma once
#include "kernels/common/stage.hpp"
#include "kernels/firstorder/select.hpp"

namespace radloom::firstorder {

/// The order statistics of a batch, digit by digit. The intensity-volume histogram (kernels/ivh) takes its own from the same selection.
template <class Device>
class Order {
 public:
  explicit Order(const StageInput<Device>& input) {
    auto& device = input.device;
    const auto stream = input.stream;
    const std::int64_t regions = input.count();
    selection_ = {device, stream, regions};
    const auto histogram = input.template zeroed<std::uint32_t>(regions * CountDigit::shared_words);
    device.launch(StartSelection{input.inside, selection_},
        {(regions + tuning::region_threads - 1) / tuning::region_threads, tuning::region_threads, 0}, stream);
    const int lowest = lowest_bit(input.boxes);
    for (int shift = 56;; shift -= 8) {
      const bool last = shift <= lowest;
      device.launch(
          CountDigit{shift, input.box, input.box_tiles, input.images, input.masks, selection_.span(), histogram},
          {input.box_tiles.size, tuning::tile_threads, CountDigit::shared_words * sizeof(std::uint32_t)}, stream);
      device.launch(ChooseDigit{shift, last, input.inside, selection_, histogram},
          {regions, tuning::choose_threads, 2 * ((targets * sizeof(std::uint64_t) + 15) / 16 * 16)}, stream);
      if (last) break;
    }
  }
  Span<const Selection> selection() const { return selection_; }

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

  backend::Buffer<Selection, Device> selection_;
};

}  // namespace radloom::firstorder
