#include "config/presets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/nearest.hpp"
#include "config/value.hpp"

namespace radloom {
namespace {

struct PresetText {
  const char* name;
  const char* description;
  const char* text;
};

constexpr PresetText texts[] = {
    {"ibsi", "The standard's features of the unfiltered image, bins 25 intensity units wide (the default)", R"(
convention: ibsi
image_types: [Original]
settings:
  bin_width: 25
)"},
    {"pyradiomics", "What PyRadiomics 3.0.1 computes without a parameter file", R"(
convention: pyradiomics
image_types: [Original]
families: [firstorder, glcm, gldm, glrlm, glszm, ngtdm, shape]
settings:
  bin_width: 25
)"},
    {"ibsi1-digital", "IBSI 1, digital phantom: intensities are gray levels as they are", R"(
convention: ibsi
image_types: [Original]
settings:
  bin_width: 1
  aggregations: [2d_avg, 2d_mrg, 25d_avg, 25d_mrg, 3d_avg, 3d_mrg]
)"},
    {"ibsi1-a", "IBSI 1, CT phantom, configuration A: no interpolation, [-500, 400] HU, bins of 25 HU, by slice", R"(
convention: ibsi
image_types: [Original]
settings:
  additional_info: true
  round_input: true
  resegment_range: [-500, 400]
  bin_width: 25
  aggregations: [2d_avg, 2d_mrg, 25d_avg, 25d_mrg]
)"},
    {"ibsi1-b", "IBSI 1, CT phantom, configuration B: 2 mm in the slice, [-500, 400] HU, 32 bins, by slice", R"(
convention: ibsi
image_types: [Original]
settings:
  additional_info: true
  round_input: true
  resampled_spacing_mm: [2, 2, 0]
  interpolator: linear
  round_intensities: true
  resegment_range: [-500, 400]
  bin_count: 32
  aggregations: [2d_avg, 2d_mrg, 25d_avg, 25d_mrg]
)"},
    {"ibsi1-c", "IBSI 1, CT phantom, configuration C: 2 mm, [-1000, 400] HU, bins of 25 HU", R"(
convention: ibsi
image_types: [Original]
settings:
  additional_info: true
  round_input: true
  resampled_spacing_mm: [2, 2, 2]
  interpolator: linear
  round_intensities: true
  resegment_range: [-1000, 400]
  bin_width: 25
  ivh_discretisation: fixed_bin_size
  ivh_bin_width: 2.5
)"},
    {"ibsi1-d", "IBSI 1, CT phantom, configuration D: 2 mm, outliers beyond 3 sigma removed, 32 bins", R"(
convention: ibsi
image_types: [Original]
settings:
  additional_info: true
  round_input: true
  resampled_spacing_mm: [2, 2, 2]
  interpolator: linear
  round_intensities: true
  resegment_outliers: 3
  bin_count: 32
)"},
    {"ibsi1-e",
        "IBSI 1, CT phantom, configuration E: 2 mm cubic, [-1000, 400] HU, outliers beyond 3 sigma removed, 32 bins",
        R"(
convention: ibsi
image_types: [Original]
settings:
  additional_info: true
  round_input: true
  resampled_spacing_mm: [2, 2, 2]
  interpolator: bspline
  round_intensities: true
  resegment_range: [-1000, 400]
  resegment_outliers: 3
  bin_count: 32
  ivh_discretisation: fixed_bin_number
  ivh_bin_count: 1000
)"},
};

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> list = [] {
    std::vector<Preset> made;
    for (const auto& preset : texts) made.push_back({preset.name, preset.description, true});
    return made;
  }();
  return list;
}

std::string config::preset_text(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& preset : texts) {
    if (preset.name == name) return preset.text;
    names.emplace_back(preset.name);
  }
  throw Error(ErrorCode::config_invalid, fmt::format("unknown preset {}{}; there are {}", quoted(name),
                                             did_you_mean(name, names), fmt::join(names, ", ")));
}

}  // namespace radloom
