#pragma once
#include "preprocess/discretise.hpp"

namespace radloom {

/// A slice of a region: its gray levels on a grid one voxel thick.
struct LevelSlice {
  Discretised levels;      ///< gray_levels are those of the whole region, voxels those of the slice
  std::int64_t index = 0;  ///< along the axis
};

/// The slices across an axis (0 = x) that hold voxels of the region, in order.
std::vector<LevelSlice> slices_of(const Discretised& levels, int axis);

}  // namespace radloom
