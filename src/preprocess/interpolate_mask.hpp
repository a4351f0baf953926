#pragma once
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// A part of a mask: uint8, and which voxels of the grid it lies on they are.
struct MaskPart {
  Volume mask;
  Box box;
};

/// How many voxels around a region's box its interpolated mask depends on.
std::int64_t mask_reach(Interpolator interpolator);

/// The voxels of `grid` where the interpolated mask reaches `threshold`, to 1e-6 of a voxel: a part that is exactly the threshold belongs to the
/// region however its floating-point number came out. `part` is a region on a part of `image`, its box and `mask_reach` voxels around as far
/// as there are such; beyond it the mask is 0. Where the grid reaches past the image, the mask goes on as at its edge. The result
/// covers all of the grid that the part may reach; its box is empty where that is nothing.
MaskPart interpolate_mask(
    const MaskPart& part, const Geometry& image, const Geometry& grid, Interpolator interpolator, double threshold);

}  // namespace radloom
