#pragma once
#include <optional>

#include "radloom/volume.hpp"

namespace radloom {

/// (v - mean) / standard deviation of all voxels (over N - 1), cut at `clip_sigmas` where given, times `scale`; float64.
/// Statistics are of the whole image, the result of the voxels of `box` only. An image without variance gives zeros.
/// Throws Error(non_finite) where a voxel is NaN or infinite.
Volume normalize(const Volume& image, const Box& box, double scale, std::optional<double> clip_sigmas);

}  // namespace radloom
