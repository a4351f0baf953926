#pragma once
// Real images whose spectra are multiplied: Simoncelli's filter and the Riesz transform.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "core/large_memory.hpp"
#include "filters/block.hpp"
#include "radloom/geometry.hpp"

namespace radloom::filters {

/// What a number of a spectrum is multiplied by, at frequencies (x, y, z) in units of Nyquist on the grid of frequency.hpp: at(|x|, |y|, |z|), less
/// than 0 where an odd number of frequencies along the axes that it is odd along is; times i, where it is odd along an odd number of axes; times what
/// `of_square` makes of x^2 + y^2 + z^2, of many at once in their place. One of both functions may be left out.
struct Multiplier {
  std::function<double(double x, double y, double z)> at;
  std::array<bool, 3> odd{};
  std::function<void(std::span<double> squares)> of_square = {};
};

/// The real part of what the spectrum of a whole image, times each multiplier, is transformed back to, in `box`; along `axes`, all or two of them. That grid is not symmetric where a length is even: the real part is what the mean of the multiplier there and of its conjugate at the
/// opposite frequency makes, and the half of the spectrum that the other mirrors is enough. Values do not depend on the box. Memory besides the
/// results: 8 bytes a voxel of the image, and as many again for two multipliers or more; of slices some for each thread alone.
/// Throws Error(usage) where the block is not the whole image, Error(interrupted).
std::vector<Volume> multiplied(const Block& image, const std::array<bool, 3>& axes,
    std::span<const Multiplier> multipliers, const Box& box, const std::shared_ptr<KeptMemory>& memory,
    const std::stop_token& stop);

}  // namespace radloom::filters
