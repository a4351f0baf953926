#pragma once
// The Laplacian of a Gaussian of the standard (IBSI 2, L6PA): sampled at voxel centres on a cube, a sum of separable kernels.
#include "filters/convolve/plan.hpp"

namespace radloom::log {

/// One term for each axis: s is the width in voxels along it,
///     sum over axes d of  -(g / sigma)^2 (1 - x_d^2 / s_d^2)  times  product over axes of exp(-x^2 / (2 s^2)) / (sqrt(2 pi) s)
/// within floor(cutoff s + 1/2) voxels, g being the geometric mean of the spacings: where they are all the same, the standard's.
convolve::Plan sampled(const Settings& settings, double sigma_mm, const std::array<double, 3>& spacing_mm);

}  // namespace radloom::log
