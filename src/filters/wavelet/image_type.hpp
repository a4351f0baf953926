#pragma once
// The image type Wavelet, as the registry lists it.
#include "filters/convolve/plan.hpp"
#include "filters/registry.hpp"
#include "filters/wavelet/decompose.hpp"

namespace radloom::wavelet {

/// What the settings of an image type ask of the transform at a level.
Request request_of(const filters::Request& r, int level);
Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);
std::string remark(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

/// Whether the transform goes on at the other end of an axis and nothing is pooled: PyRadiomics', and the standard's with periodic
/// boundaries. All others are separable convolutions in double precision (`plan`).
bool is_cyclic(const Settings& settings, Convention convention);
convolve::Plan plan(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::wavelet
