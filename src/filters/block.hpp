#pragma once
#include <array>
#include <cstdint>

#include "radloom/volume.hpp"

namespace radloom::filters {

/// The grid of a whole image.
struct Grid {
  std::array<std::int64_t, 3> size;
  std::array<double, 3> spacing_mm;
};
inline Grid grid_of(const Geometry& g) { return {g.size, g.spacing_mm}; }

/// A block of an image, which is all of it or what a filter needs of it. A filter computes the values the whole image would give.
struct Block {
  Volume voxels;
  std::array<std::int64_t, 3> first{};  ///< where its first voxel lies in the whole image
  std::array<std::int64_t, 3> whole{};  ///< the size of the whole image

  Grid grid() const { return {whole, voxels.geometry().spacing_mm}; }
};

/// An image that is its own whole.
inline Block whole_block(const Volume& image) { return {image, {}, image.geometry().size}; }

}  // namespace radloom::filters
