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
  const char* text;  ///< empty where the settings are not built yet
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
)"},
    {"ibsi1-a", "IBSI 1, CT phantom, configuration A: no interpolation, [-500, 400] HU, bins of 25 HU, by slice", ""},
    {"ibsi1-b", "IBSI 1, CT phantom, configuration B: 2 mm in the slice, [-500, 400] HU, 32 bins, by slice", ""},
    {"ibsi1-c", "IBSI 1, CT phantom, configuration C: 2 mm, [-1000, 400] HU, bins of 25 HU", ""},
    {"ibsi1-d", "IBSI 1, CT phantom, configuration D: 2 mm, outliers beyond 3 sigma removed, 32 bins", ""},
    {"ibsi1-e",
        "IBSI 1, CT phantom, configuration E: 2 mm cubic, [-1000, 400] HU, outliers beyond 3 sigma removed, 32 bins",
        ""},
};

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> list = [] {
    std::vector<Preset> made;
    for (const auto& preset : texts) made.push_back({preset.name, preset.description, *preset.text != '\0'});
    return made;
  }();
  return list;
}

std::string config::preset_text(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& preset : texts) {
    if (preset.name == name) {
      if (*preset.text) return preset.text;
      throw Error(
          ErrorCode::config_unsupported, fmt::format("the preset {} needs processing that is not built yet", name));
    }
    names.emplace_back(preset.name);
  }
  throw Error(ErrorCode::config_invalid, fmt::format("unknown preset {}{}; there are {}", quoted(name),
                                             did_you_mean(name, names), fmt::join(names, ", ")));
}

}  // namespace radloom
