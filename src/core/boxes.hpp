#pragma once
#include <algorithm>

#include "radloom/geometry.hpp"

namespace radloom {

/// The smallest box that holds both.
inline Box hull_of(const Box& a, const Box& b) {
  Box out;
  for (int d = 0; d < 3; ++d) {
    out.first[d] = std::min(a.first[d], b.first[d]);
    out.size[d] = std::max(a.first[d] + a.size[d], b.first[d] + b.size[d]) - out.first[d];
  }
  return out;
}

}  // namespace radloom
