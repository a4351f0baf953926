#pragma once
// The image type Mean (IBSI 2, S60F): the mean over a cube of mean_support voxels, or over a square in slices.
#include "filters/registry.hpp"

namespace radloom::mean {

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);
std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::mean
