#pragma once
#include <array>
#include <cstdint>

#include "radloom/volume.hpp"

namespace radloom::filters {

/// A block of an image, which is all of it or what a filter needs of it. A filter computes the values the whole image would give.
struct Block {
  Volume voxels;
  std::array<std::int64_t, 3> first{};  ///< where its first voxel lies in the whole image
  std::array<std::int64_t, 3> whole{};  ///< the size of the whole image
};

/// An image that is its own whole.
inline Block whole_block(const Volume& image) { return {image, {}, image.geometry().size}; }

}  // namespace radloom::filters
