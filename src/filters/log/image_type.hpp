#pragma once
// The image type LoG, as the registry lists it: PyRadiomics' in the pyradiomics convention, the standard's in the other.
#include "filters/convolve/plan.hpp"

namespace radloom::log {

/// The width of a derived image, in mm.
double sigma_of(const filters::Request& request, const DerivedImage& image);
/// The standard's, of a derived image.
convolve::Plan plan(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);
Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
/// PyRadiomics leaves a width out where an axis has fewer than four voxels, or fewer than ceil(sigma / spacing) + 1.
std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

/// A width below the spacing is computed as it is, and sees little more than the voxel itself.
std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::log
