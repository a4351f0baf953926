#pragma once
// The image type Simoncelli (IBSI 2, PRT7): the undecimated isotropic wavelet that is, with nu the length of the frequency (1 is
// Nyquist) and m = 2^(1 - level), cos(pi/2 log2(2 nu / m)) for m/4 <= nu <= m and 0 elsewhere. It is made in the Fourier domain on the
// image's own grid, so beyond the border the image goes on periodically whatever filter_boundary says. With force_2d in slices.
#include <span>

#include "filters/registry.hpp"
#include "filters/simoncelli/formulas.hpp"

namespace radloom::simoncelli {

/// The filter with the highest frequency m at frequencies whose lengths have these squares, in their place; to some units in the last place of 1.
void gains(std::span<double> squares, double m);

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
/// Where the band ends below the lowest frequency that the image has along some axis, or an axis has one voxel.
std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::simoncelli
