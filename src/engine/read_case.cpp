#include "engine/read_case.hpp"

#include <tbb/parallel_invoke.h>

#include <algorithm>
#include <utility>

#include "radloom/io.hpp"
#include "radloom/mask.hpp"

namespace radloom {

ReadCase read_case(const Settings& settings, const CaseInput& input) {
  ReadCase read;
  read.selection = input.label.value_or(settings.label);
  ReadVolume image, mask;
  std::optional<NamedMask> named;
  std::vector<std::vector<std::int64_t>> chosen;
  tbb::parallel_invoke(
      [&] {
        named = NamedMask::open(input.mask);
        if (!named) {
          mask = read_volume(
              input.mask, {.channel = input.label_channel.value_or(settings.label_channel), .digest = true});
          return;
        }
        chosen = chosen_of(read.selection, *named);
        mask.sha256 = named->sha256();
      },
      [&] { image = read_volume(input.image, {.channel = -1, .digest = true, .suv = suv_named(settings.suv)}); });
  if (named) {
    std::vector<std::int64_t> numbers;
    for (const auto& region : chosen)
      for (const auto number : region)
        if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
    DrawnMask drawn = named->draw(image.volume.geometry(), image.frame_of_reference, numbers);
    read.named = regions_of(chosen, drawn);
    mask.volume = std::move(drawn.volume);
  }
  read.image = std::move(image.volume);
  read.mask = std::move(mask.volume);
  read.image_sha256 = std::move(image.sha256);
  read.mask_sha256 = std::move(mask.sha256);
  return read;
}

}  // namespace radloom
