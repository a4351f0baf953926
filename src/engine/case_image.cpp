#include "engine/case_image.hpp"

#include <algorithm>

#include "filters/common/field.hpp"
#include "filters/registry.hpp"

namespace radloom {

io::Need needed_of_the_image(const Config& config, const Plan& plan, const Geometry& grid) {
  const Settings& s = config.settings;
  // PyRadiomics' resampling lays its grid over the whole image; of the standard's, diagnostics show the image before and after.
  const bool on_all = config.convention == Convention::ibsi ? s.additional_info : s.resampled_spacing_mm.has_value();
  // Some filters look at most of the image for the sake of one voxel.
  const Box centre{{grid.size[0] / 2, grid.size[1] / 2, grid.size[2] / 2}, {1, 1, 1}};
  const bool far_and_wide = std::any_of(plan.filtered.begin(), plan.filtered.end(), [&](const Plan::Filtered& f) {
    const auto& type = config.image_types[f.image_type];
    const filters::Request request{type.settings, config.convention, f.images};
    return 2 * filters::needed(type.name, request, centre, filters::grid_of(grid)).voxels() > grid.voxels();
  });
  return {.all = s.normalize || s.round_input || on_all || far_and_wide, .summary = s.additional_info};
}

}  // namespace radloom
