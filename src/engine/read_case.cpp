#include "engine/read_case.hpp"

#include <algorithm>
#include <utility>

#include "radloom/io.hpp"
#include "radloom/mask.hpp"

namespace radloom {

ReadCase read_case(const Settings& settings, const CaseInput& input,
    const std::function<io::Need(const Geometry& grid)>& of_the_image) {
  ReadCase read;
  read.selection = input.label.value_or(settings.label);
  io::StoredVolume image(input.image, {.suv = suv_named(settings.suv)});
  const io::Need need = of_the_image(image.geometry());
  read.image = std::make_unique<io::Reading>(std::move(image), true, need);
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
  const auto& stored = read.image->stored();
  DrawnMask drawn = named->draw(stored.geometry(), stored.frame_of_reference(), numbers);
  read.named = regions_of(chosen, drawn);
  read.mask = std::move(drawn.volume);
  return read;
}

}  // namespace radloom
