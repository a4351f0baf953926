#pragma once
#include <vector>

#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom::ivh {

/// The features of the intensity-volume histogram (IBSI 3.5) of the voxels of `image` inside `mask` (uint8, same size; at least one), by
/// `feature::ivh`. NaN where there is no intensity that few enough voxels reach, and fractions where the range has no width.
/// Throws Error(config_invalid) for a range whose upper end is not above the lower.
std::vector<double> compute(const Volume& image, const Volume& mask, const Settings& settings);

}  // namespace radloom::ivh
