#pragma once
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "core/large_memory.hpp"
#include "filters/block.hpp"
#include "radloom/geometry.hpp"

namespace radloom::log {

/// The Laplacian of a Gaussian of width sigma_mm by recursive filters, normalised across scales (times sigma^2), in float32: ITK's
/// LaplacianRecursiveGaussianImageFilter, as PyRadiomics uses it. Along every axis in turn: the second derivative, then the Gaussian
/// along the two others, each rounded to float; divided by the spacing squared and added up.
/// A recursive filter sees all of a line, so the block is the whole image, at least 4 voxels along each axis. Gives the values of
/// `box`, one volume for each width; lines of the image are brought together once for a few of them. Throws Error(usage),
/// Error(interrupted).
std::vector<Volume> laplacian(const filters::Block& image, const Box& box, std::span<const double> sigma_mm,
    const std::stop_token& stop = {}, const std::shared_ptr<KeptMemory>& memory = nullptr);

}  // namespace radloom::log
