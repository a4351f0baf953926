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
  std::vector<std::uint64_t> voxels;      ///< of each
  std::int32_t highest = 0;
  AnyLevelGrid grid{LevelGrid<std::uint8_t>({0, 0, 0}, 0)};
};

/// Edges of the bins as PyRadiomics takes them from numpy: `arange` on multiples of the width, or `histogram`'s edges with the
/// last one raised by 1. A value's level is the number of edges that are not above it.
/// `single`: numpy keeps the edges of a number of bins in the image's own single precision.
std::vector<double> bin_edges(double minimum, double maximum, const Settings& settings, bool single);

/// Discretises the voxels of `image` inside `mask` (uint8, same size). In the `pyradiomics` convention by `bin_edges`; in
/// `ibsi` by the manual's 2.7: floor((v - lowest) / width) + 1 from the re-segmentation bound or else the minimum, or
/// floor(count (v - minimum) / (maximum - minimum)) + 1 with the maximum in the last bin.
/// Throws Error(too_many_gray_levels), Error(empty_mask).
Discretised discretise(const Volume& image, const Volume& mask, const Settings& settings, Convention convention);

}  // namespace radloom
