#pragma once
#include <functional>

#include "engine/plan.hpp"
#include "io/stored_volume.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// The image of a case, in memory or still in its files.
struct CaseImage {
  Geometry geometry;
  /// A box of it, or more, and all of it where needed_of_the_image says so; where it is less than all, the summary of all voxels too, if the
  /// configuration asks for one. Once. Throws what read_volume throws.
  std::function<io::KeptPart(const Box& box)> read;
};

/// A box of a grid, and what the plan's filters look at around it.
Box with_what_filters_need(const Config& config, const Plan& plan, const Box& box, const Geometry& grid);

/// What features and diagnostics need of an image on this grid, wherever the regions lie.
io::Need needed_of_the_image(const Config& config, const Plan& plan, const Geometry& grid);

}  // namespace radloom
