#pragma once
// How responses to several kernels become one.
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::filters {

/// Of terms of a sum, or of rotations. They are merged in their order, since a sum depends on it.
enum class Merge : std::int32_t { sum, mean, max, min };

/// What stood for the responses before, and the next one. A mean is a sum until all are there.
RL_HD inline double merged(Merge merge, double before, double response) {
  switch (merge) {
    case Merge::max: return before < response ? response : before;
    case Merge::min: return response < before ? response : before;
    default: return before + response;
  }
}

/// What a mean is divided by when all of `count` responses are there; 1 for what is none.
inline double divisor(Merge merge, std::size_t count) { return merge == Merge::mean ? double(count) : 1; }

}  // namespace radloom::filters
