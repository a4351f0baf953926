#pragma once
#include <stop_token>

#include "filters/block.hpp"
#include "radloom/geometry.hpp"

namespace radloom::log {

/// The Laplacian of a Gaussian of width sigma_mm by recursive filters, normalised across scales (times sigma^2), in float32: ITK's
/// LaplacianRecursiveGaussianImageFilter, as PyRadiomics uses it. Along every axis in turn: the second derivative, then the Gaussian
/// along the two others, each rounded to float; divided by the spacing squared and added up.
/// A recursive filter sees all of a line, so the block is the whole image, at least 4 voxels along each axis. Gives the values of
/// `box`. Throws Error(usage), Error(interrupted).
Volume laplacian(const filters::Block& image, const Box& box, double sigma_mm, const std::stop_token& stop = {});

}  // namespace radloom::log
