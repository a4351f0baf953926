#include "engine/read_case.hpp"

#include <algorithm>
#include <utility>

#include "radloom/io.hpp"
#include "radloom/mask.hpp"

namespace radloom {

ReadCase read_case(const Settings& settings, const CaseInput& input, const io::Need& of_the_image) {
  ReadCase read;
  read.selection = input.label.value_or(settings.label);
  const ReadOptions options{.channel = -1, .digest = true, .suv = suv_named(settings.suv)};
  read.image = std::make_unique<io::Reading>(input.image, options, of_the_image);
  const auto named = NamedMask::open(input.mask);
  if (!named) {
    auto mask =
        read_volume(input.mask, {.channel = input.label_channel.value_or(settings.label_channel), .digest = true});
    read.mask = std::move(mask.volume);
    read.mask_sha256 = std::move(mask.sha256);
    return read;
  }
  const auto chosen = chosen_of(read.selection, *named);
  read.mask_sha256 = named->sha256();
  std::vector<std::int64_t> numbers;
  for (const auto& region : chosen)
    for (const auto number : region)
      if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
  const auto& image = read.image->stored();
  DrawnMask drawn = named->draw(image.geometry(), image.frame_of_reference(), numbers);
  read.named = regions_of(chosen, drawn);
  read.mask = std::move(drawn.volume);
  return read;
}

}  // namespace radloom
