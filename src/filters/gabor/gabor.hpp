#pragma once
// The image type Gabor (IBSI 2, Q88H): the modulus of the response to
//     exp(-(u^2 + gamma^2 v^2) / (2 sigma^2)) exp(2 pi i u / lambda),  u = a cos(theta) + b sin(theta), v = -a sin(theta) + b cos(theta)
// in slices, a and b being mm along their two axes, the first of them first. With gabor_theta_step_deg for the orientations
// 0, step, 2 step ... below 360 degrees, with filter_rotation_invariant in the slices across x, y and z; pooled.
#include "filters/registry.hpp"

namespace radloom::gabor {

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);
std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::gabor
