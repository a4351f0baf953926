#pragma once
#include <cstdint>

namespace radloom::wavelet {

/// How many results that lie one row apart are computed together, from filters of as many taps at least: each row is read once for all of them.
constexpr int results_together = 2;
/// The same where there is one filter, from filters of three taps at least.
constexpr int results_of_one = 4;
/// The same where all its taps are equal, from seven taps on: a product serves all results.
constexpr int results_of_equal = 8;

/// What every pass of the transform is made of: rows of samples, weighted and added up in the order of formulas.hpp, for the low and
/// the high filter at once. Of `results` R, 1, results_together or, with one filter, results_of_one,
///     low[j][i] = sum over k of low_taps[k] * rows[R - 1 - j + k][i],  0 <= i < n, 0 <= j < R;  the same for high.
/// One of `low` and `high` may hold null pointers.
void combine(const float* const* rows, const float* low_taps, const float* high_taps, int taps, std::int64_t n,
    float* const* low, float* const* high, int results);
void combine(const double* const* rows, const double* low_taps, const double* high_taps, int taps, std::int64_t n,
    double* const* low, double* const* high, int results);
/// The same of one filter whose taps are all `tap`; `results` is 1, results_of_one or results_of_equal.
void combine(const double* const* rows, double tap, int taps, std::int64_t n, double* const* low, int results);
/// The same along one row: sums[i] = sum over k of tap * row[i + k].
void sums_along(const double* row, double tap, int taps, std::int64_t n, double* sums);

}  // namespace radloom::wavelet
