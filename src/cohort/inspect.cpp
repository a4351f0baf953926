#include "cohort/inspect.hpp"

#include <fmt/format.h>

#include "engine/labels.hpp"
#include "radloom/error.hpp"
#include "radloom/io.hpp"
#include "radloom/mask.hpp"

namespace radloom::cohort {

std::string inspect(const ManifestRow& row, const Settings* settings) try {
  const VolumeHeader image = read_header(row.input.image, {.suv = settings ? suv_named(settings->suv) : Suv::none});
  if (image.components > 1)
    return fmt::format("{}: {} values in a voxel; an image has one", row.input.image.string(), image.components);
  if (const auto named = NamedMask::open(row.input.mask)) {  // has no grid of its own
    if (row.input.label || settings) chosen_of(row.input.label ? *row.input.label : settings->label, *named);
    return {};
  }
  const VolumeHeader mask = read_header(row.input.mask);
  const int channel = row.input.label_channel.value_or(settings ? settings->label_channel : 0);
  if (channel >= mask.components)
    return fmt::format("{}: no channel {}; the mask has {}", row.input.mask.string(), channel, mask.components);
  if (!settings || settings->correct_mask) return {};
  const std::string mismatch = describe_mismatch(image.geometry, mask.geometry, settings->geometry_tolerance);
  return mismatch.empty() ? mismatch : fmt::format("image and mask do not share a grid: {}", mismatch);
} catch (const Error& error) {
  return error.what();
}

}  // namespace radloom::cohort
