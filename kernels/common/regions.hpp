#pragma once
#include <cstdint>

#include "core/host_device.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// The box of a region as it lies on a device: its image, and its mask of one byte a voxel (not 0 inside), x fastest, no padding.
struct BoxRegion {
  std::int64_t image = 0;  ///< byte of the first voxel in the batch's images, a multiple of 8
  std::int64_t mask = 0;   ///< first voxel in the batch's masks
  std::int32_t size[3] = {};
  ScalarType type = ScalarType::int16;
  double spacing_mm[3] = {};
  RL_HD std::int64_t voxels() const { return std::int64_t(size[0]) * size[1] * size[2]; }
};

/// The gray levels of a region: 1 .. highest inside, 0 outside, with `pad` layers of zeros around its box, so that every
/// neighbour of every voxel of the box can be read without a test.
struct LevelRegion {
  std::int64_t first = 0;  ///< of the padded box in the batch's levels
  std::int64_t stride_y = 0, stride_z = 0;
  std::int32_t size[3] = {};  ///< of the box, without padding
  std::int32_t pad = 0;
  std::int32_t highest = 0;  ///< N_g, the level of the largest intensity
  std::int64_t histogram =
      0;  ///< of level 0 in the batch's histograms: highest + 1 counts a region, that of level 0 is 0
  double spacing_mm[3] = {};

  RL_HD std::int64_t padded_voxels() const { return stride_z * (size[2] + 2 * pad); }
  /// Index of voxel (x, y, z) of the box among the region's own levels.
  RL_HD std::int64_t at(std::int64_t x, std::int64_t y, std::int64_t z) const {
    return (z + pad) * stride_z + (y + pad) * stride_y + x + pad;
  }
  /// Index of voxel `i` of the box, x fastest.
  RL_HD std::int64_t at(std::int64_t i) const {
    const std::int64_t x = i % size[0], rest = i / size[0];
    return at(x, rest % size[1], rest / size[1]);
  }
  RL_HD std::int64_t voxels() const { return std::int64_t(size[0]) * size[1] * size[2]; }
  RL_HD std::int64_t step(const std::int32_t (&o)[3]) const { return o[0] + o[1] * stride_y + o[2] * stride_z; }
};

/// A step to a neighbour, (x, y, z) in voxels.
struct Step {
  std::int32_t offset[3];
};

/// A block's share of a region: `tile_voxels` voxels of its box from `first` on, or what is left of them. Tiles start at the
/// region's first voxel, so they do not depend on what else is in the batch.
struct Tile {
  std::int32_t region;
  std::int64_t first;
};

/// A region's share of a list of tiles.
struct TileRange {
  std::int64_t first, count;
};

}  // namespace radloom
