#pragma once
// Image types that change every intensity by itself, scaled so that the largest absolute value of the whole image stays what it is:
// Square, SquareRoot, Logarithm and Exponential of PyRadiomics. In double precision, in its order of operations:
//     square       (x / sqrt(max))^2
//     square root  sign(x) sqrt(|x| max)
//     logarithm    sign(x) log(|x| + 1) max / log(max + 1)
//     exponential  exp(x log(max) / max)
// with max the largest |x|. It is not a number where that is 0 or not a number; of Exponential also where it lies below 0.
#include "filters/registry.hpp"

namespace radloom::pointwise {

/// Throws Error(usage) where a block is not the whole image.
void check_whole(const std::array<std::int64_t, 3>& block, const std::array<std::int64_t, 3>& whole);
/// Needs the whole image: the largest value may lie anywhere.
Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> square(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
std::vector<Volume> square_root(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
std::vector<Volume> logarithm(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);
std::vector<Volume> exponential(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

}  // namespace radloom::pointwise
