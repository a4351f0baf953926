#pragma once
#include <functional>

#include "io/voxels.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// The image of a case, in memory or still in its files.
struct CaseImage {
  Geometry geometry;
  /// A box of it, or more; where it is less than all, the summary of all voxels too, if the configuration asks for one. Once.
  /// Throws what read_volume throws.
  std::function<io::KeptPart(const Box& box)> read;
};

/// Whether any voxel of the image may count, wherever the regions lie.
bool needs_all_of_the_image(const Config& config);
/// Whether diagnostics tell of all voxels.
bool sums_up_the_image(const Config& config);

}  // namespace radloom
