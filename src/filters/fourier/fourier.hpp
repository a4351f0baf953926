#pragma once
// The discrete Fourier transform of volumes along some of their axes, in double precision.
#include <array>
#include <complex>
#include <cstdint>
#include <vector>

#include "filters/fourier/frequency.hpp"

namespace radloom::filters {

using Complex = std::complex<double>;

/// Transforms in place, x fastest. The inverse divides by the number of samples.
void fourier(std::vector<Complex>& values, const std::array<std::int64_t, 3>& size, const std::array<bool, 3>& axes,
    bool inverse);

/// The least number from n on without a prime factor above 5, whose transforms are fast.
std::int64_t fast_size(std::int64_t n);

}  // namespace radloom::filters
