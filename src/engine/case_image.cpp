#include "engine/case_image.hpp"

#include "filters/common/field.hpp"
#include "filters/registry.hpp"

namespace radloom {

Box with_what_filters_need(const Config& config, const Plan& plan, const Box& box, const Geometry& grid) {
  Box all = box;
  for (const auto& f : plan.filtered) {
    const auto& type = config.image_types[f.image_type];
    const filters::Request request{type.settings, config.convention, f.images};
    all = hull_of(all, filters::needed(type.name, request, box, filters::grid_of(grid)));
  }
  return all;
}

io::Need needed_of_the_image(const Config& config, const Plan& plan, const Geometry& grid) {
  const Settings& s = config.settings;
  // PyRadiomics' resampling lays its grid over the whole image; of the standard's, diagnostics show the image before and after.
  const bool on_all = config.convention == Convention::ibsi ? s.additional_info : s.resampled_spacing_mm.has_value();
  // Some filters look at most of the image for the sake of one voxel.
  const Box centre{{grid.size[0] / 2, grid.size[1] / 2, grid.size[2] / 2}, {1, 1, 1}};
  const bool far_and_wide = 2 * with_what_filters_need(config, plan, centre, grid).voxels() > grid.voxels();
  return {.all = s.normalize || s.round_input || on_all || far_and_wide, .summary = s.additional_info};
}

}  // namespace radloom
