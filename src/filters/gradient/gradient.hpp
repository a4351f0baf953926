#pragma once
// The image type Gradient: the length of the vector of central differences, per mm or per voxel, in float32. The voxel at the border
// goes on beyond it, so that the difference there is half the one-sided one. ITK's GradientMagnitudeImageFilter.
#include "filters/registry.hpp"

namespace radloom::gradient {

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

}  // namespace radloom::gradient
