#pragma once
#include <cstdint>
#include <vector>

#include "core/level_grid.hpp"
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// The gray levels of a region.
struct Discretised {
  std::vector<std::int32_t> gray_levels;  ///< present, ascending, >= 1
  std::vector<std::uint64_t> voxels;      ///< of each, in the grid: GLSZM and NGTDM count on it
  std::int32_t highest = 0;
  AnyLevelGrid grid{LevelGrid<std::uint8_t>({0, 0, 0}, 0)};
};

/// Discretises the voxels of `image` inside `mask` (uint8, same size) by `GrayLevels`.
/// Throws Error(too_many_gray_levels), Error(empty_mask).
Discretised discretise(const Volume& image, const Volume& mask, const Settings& settings, Convention convention);

}  // namespace radloom
