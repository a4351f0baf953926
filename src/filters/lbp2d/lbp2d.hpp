#pragma once
// The image type LBP2D: local binary patterns in slices (Ojala 1996, 2002), as scikit-image computes them: samples on a circle,
// bilinear between voxels, 0 beyond the border; a bit is 1 where the sample is at least the voxel in the middle. In the image's own
// voxel type. Methods: default (the bits as a number, first sample lowest), ror (the least number over rotations), uniform (how many
// bits are set where at most two change from each to the next, else one more than there are samples) and var (the variance of the
// samples; not a number where that is 0).
#include "filters/registry.hpp"

namespace radloom::lbp2d {

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

}  // namespace radloom::lbp2d
