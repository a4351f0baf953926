#pragma once
#include <cstdint>

namespace radloom::wavelet {

/// What every pass of the transform is made of: rows of samples, weighted and added up in the order in which they are given (that of
/// formulas.hpp), for the low and the high filter at once.
///     low[i] = sum over k of low_taps[k] * rows[k][i],  0 <= i < n;  the same for high. Either result may be null.
void combine(const float* const* rows, const float* low_taps, const float* high_taps, int taps, std::int64_t n,
    float* low, float* high);
void combine(const double* const* rows, const double* low_taps, const double* high_taps, int taps, std::int64_t n,
    double* low, double* high);

}  // namespace radloom::wavelet
