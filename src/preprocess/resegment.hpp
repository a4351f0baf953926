#pragma once
#include "radloom/config.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// The voxels of `mask` whose intensity lies in the closed range of the settings, as PyRadiomics has it: absolute, relative to
/// the region's maximum, or in standard deviations (over N) from its mean; one bound is a lower one.
Volume resegment(const Volume& image, const Volume& mask, const Settings& settings);

/// The voxels of `mask` whose intensity is within `sigmas` standard deviations (over N) of the mean of them all, ends included (IBSI,
/// 2.5).
Volume without_outliers(const Volume& image, const Volume& mask, double sigmas);

/// Throws Error(non_finite) where a voxel of the region is NaN or infinite, saying how many are.
void check_finite(const Volume& image, const Volume& mask);

}  // namespace radloom
