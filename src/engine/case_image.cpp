#include "engine/case_image.hpp"

namespace radloom {

bool sums_up_the_image(const Config& config) { return config.settings.additional_info; }

bool needs_all_of_the_image(const Config& config) {
  const Settings& s = config.settings;
  if (s.normalize || s.round_input) return true;
  // PyRadiomics' resampling lays its grid over the whole image; of the standard's, diagnostics show the image before and after.
  return config.convention == Convention::ibsi ? s.additional_info : s.resampled_spacing_mm.has_value();
}

}  // namespace radloom
