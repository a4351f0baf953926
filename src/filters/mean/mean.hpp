#pragma once
// The image type Mean (IBSI 2, S60F): the mean over a cube of mean_support voxels, or over a square in slices.
#include "filters/convolve/plan.hpp"

namespace radloom::mean {

convolve::Plan plan(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::mean
