#pragma once
// The image type Laws (IBSI 2, JTXT): products of the kernels L, E, S, W and R along axes, scaled to unit length, their responses to
// rotations pooled; then, unless laws_energy_delta is null, the texture energy: the mean of the absolute response over a cube (in
// slices a square) of that Chebyshev radius, with the same boundary condition.
#include "filters/convolve/plan.hpp"

namespace radloom::laws {

convolve::Plan plan(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::laws
