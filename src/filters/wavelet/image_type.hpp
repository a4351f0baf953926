#pragma once
// The image type Wavelet, as the registry lists it.
#include "filters/registry.hpp"

namespace radloom::wavelet {

Box needed_by(const filters::Request& request, const Box& box, const std::array<std::int64_t, 3>& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

}  // namespace radloom::wavelet
