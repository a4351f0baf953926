#pragma once
// The image type Gradient: the length of the vector of central differences, per mm or per voxel, in float32. The voxel at the border
// goes on beyond it, so that the difference there is half the one-sided one. ITK's GradientMagnitudeImageFilter.
#include "filters/registry.hpp"

namespace radloom::gradient {

/// What differences along each axis are multiplied by.
std::array<double, 3> weights(const Settings& settings, const std::array<double, 3>& spacing_mm);
Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

}  // namespace radloom::gradient
