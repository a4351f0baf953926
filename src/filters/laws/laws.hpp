#pragma once
// The image type Laws (IBSI 2, JTXT): products of the kernels L, E, S, W and R along axes, scaled to unit length, their responses to
// rotations pooled; then, unless laws_energy_delta is null, the texture energy: the mean of the absolute response over a cube (in
// slices a square) of that Chebyshev radius, with the same boundary condition.
#include "filters/registry.hpp"

namespace radloom::laws {

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);
std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::laws
