#pragma once
// The image type Wavelet, as the registry lists it.
#include "filters/registry.hpp"
#include "filters/wavelet/decompose.hpp"

namespace radloom::wavelet {

/// What the settings of an image type ask of the transform at a level.
Request request_of(const filters::Request& r, int level);
Box needed_by(const filters::Request& request, const Box& box, const std::array<std::int64_t, 3>& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

}  // namespace radloom::wavelet
