#pragma once
// The recursive approximation of a Gaussian and of its derivatives with the coefficients that ITK has: Farneback and Westin,
// "Improving Deriche-style recursive Gaussian filters", J Math Imaging Vis 26:293-299 (2006), scaled so that the sampled filter has
// the sum, or the second moment, of what it approximates.
namespace radloom::log {

/// A line x of n samples becomes y[i] = c[i] + a[i], with
///     c[i] = sum over k of n[k] x[i - k]  -  sum over k of d[k] c[i - 1 - k]              (k = 0..3)
///     a[i] = sum over k of m[k] x[i + 1 + k]  -  sum over k of d[k] a[i + 1 + k]
/// where the sample at either end goes on beyond it for ever: then c and a are what it makes in the end.
struct RecursiveFilter {
  double n[4], m[4], d[4];
  double before[4];  ///< d[k] times what the filter to the right makes of a constant 1
  double after[4];   ///< and the filter to the left
};

/// The Gaussian of this width, or its second derivative per voxel times sigma_mm^2 (ITK's normalisation across scales).
RecursiveFilter gaussian(double sigma_mm, double spacing_mm);
RecursiveFilter second_derivative(double sigma_mm, double spacing_mm);

}  // namespace radloom::log
