#include "engine/case_image.hpp"

namespace radloom {

io::Need needed_of_the_image(const Config& config) {
  const Settings& s = config.settings;
  // PyRadiomics' resampling lays its grid over the whole image; of the standard's, diagnostics show the image before and after.
  const bool all_of_it = config.convention == Convention::ibsi ? s.additional_info : s.resampled_spacing_mm.has_value();
  return {.all = s.normalize || s.round_input || all_of_it, .summary = s.additional_info};
}

}  // namespace radloom
