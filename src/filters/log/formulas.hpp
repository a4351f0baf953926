#pragma once
// The one order of operations of the recursive Laplacian, ITK's: sums are added up from the left, each product rounded, then each sum. T is a
// double, or a vector that holds the same place of several lines. Values come by reference, as vectors are not passed alike to every
// instruction set, and are there to be inlined: a function for one instruction set is not called from another.
#include "core/host_device.hpp"

namespace radloom::log {

/// The response to four samples after the four responses y, latest first: weights . x - d . y.
template <class T>
[[gnu::always_inline]] RL_HD inline void respond(const double (&weights)[4], const T& x0, const T& x1, const T& x2,
    const T& x3, const double (&d)[4], const T& y0, const T& y1, const T& y2, const T& y3, T& response) {
  response = (x0 * weights[0] + x1 * weights[1] + x2 * weights[2] + x3 * weights[3]) -
             (y0 * d[0] + y1 * d[1] + y2 * d[2] + y3 * d[3]);
}

/// The same where only `given` responses are there, at most three: those before them are what `end`, the first sample, makes for ever.
template <class T>
[[gnu::always_inline]] RL_HD inline void respond_at_end(const double (&weights)[4], const T& x0, const T& x1,
    const T& x2, const T& x3, const double (&d)[4], const double (&ends)[4], int given, const T& end, const T& y0,
    const T& y1, const T& y2, T& response) {
  const T back = (given > 0 ? y0 * d[0] : end * ends[0]) + (given > 1 ? y1 * d[1] : end * ends[1]) +
                 (given > 2 ? y2 * d[2] : end * ends[2]) + end * ends[3];
  response = (x0 * weights[0] + x1 * weights[1] + x2 * weights[2] + x3 * weights[3]) - back;
}

/// The sum of the terms so far with the next one, whose second derivative is per voxel.
RL_HD inline float with_term(float sum, float term, double scale) { return float(sum + term * scale); }

}  // namespace radloom::log
