#pragma once
// The image type Simoncelli (IBSI 2, PRT7): the undecimated isotropic wavelet that is, with nu the length of the frequency (1 is
// Nyquist) and m = 2^(1 - level), cos(pi/2 log2(2 nu / m)) for m/4 <= nu <= m and 0 elsewhere. It is made in the Fourier domain on the
// image's own grid, so beyond the border the image goes on periodically whatever filter_boundary says. With force_2d in slices.
#include "filters/fourier/fourier.hpp"
#include "filters/registry.hpp"
#include "filters/simoncelli/formulas.hpp"

namespace radloom::simoncelli {

/// Multiplies the spectrum of a whole image, or of its slices, and returns the real part of what that is transformed back to.
/// `f`(nu along x, y, z) gives the factor, whose frequencies across slices are 0.
template <class F>
std::vector<double> multiplied(
    std::vector<double> values, const std::array<std::int64_t, 3>& size, const std::array<bool, 3>& axes, const F& f) {
  std::vector<filters::Complex> spectrum(values.begin(), values.end());
  filters::fourier(spectrum, size, axes, false);
  std::array<std::vector<double>, 3> nu;
  for (int d = 0; d < 3; ++d)
    for (std::int64_t k = 0; k < size[d]; ++k) nu[d].push_back(axes[d] ? filters::frequency(k, size[d]) : 0.0);
  std::size_t at = 0;
  for (std::int64_t z = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y)
      for (std::int64_t x = 0; x < size[0]; ++x, ++at) spectrum[at] *= f(nu[0][x], nu[1][y], nu[2][z]);
  filters::fourier(spectrum, size, axes, true);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = spectrum[i].real();
  return values;
}

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
/// Where the band ends below the lowest frequency that the image has along some axis, or an axis has one voxel.
std::string unsuited(const filters::Request& request, const DerivedImage& image, const filters::Grid& grid);

}  // namespace radloom::simoncelli
