#pragma once
#include <array>
#include <vector>

#include "core/host_device.hpp"
#include "kernels/common/image_on_device.hpp"
#include "kernels/common/span.hpp"

namespace radloom {

/// A box within a block of voxels, x fastest in both.
struct BoxInBlock {
  std::int64_t block[3], first[3], size[3];

  RL_HD std::int64_t voxels() const { return size[0] * size[1] * size[2]; }
  RL_HD std::int64_t block_voxels() const { return block[0] * block[1] * block[2]; }
  struct Voxel {
    std::int64_t place[3];  ///< in the block
    std::int64_t at;        ///< in its memory
  };
  RL_HD Voxel voxel(std::int64_t i) const {
    const std::int64_t row = i / size[0];
    const std::int64_t x = first[0] + i % size[0], y = first[1] + row % size[1], z = first[2] + row / size[1];
    return {{x, y, z}, (z * block[1] + y) * block[0] + x};
  }
};

/// Where `box`, which counts from the whole image's first voxel, lies in a block of it.
inline BoxInBlock box_in(const ImageOnDevice& image, const Box& box) {
  BoxInBlock b{};
  for (int d = 0; d < 3; ++d) {
    b.block[d] = image.size[d];
    b.first[d] = box.first[d] - image.first[d];
    b.size[d] = box.size[d];
  }
  return b;
}

/// A block's share of the voxels of a job: `voxels` from `first` on, or what is left of them.
struct VoxelTile {
  static constexpr std::int64_t voxels = 4096;
  std::int32_t job;
  std::int64_t first;
};
inline void add_tiles(std::vector<VoxelTile>& tiles, std::size_t job, std::int64_t voxels) {
  for (std::int64_t first = 0; first < voxels; first += VoxelTile::voxels) tiles.push_back({std::int32_t(job), first});
}

/// f(i) for the voxels of a tile, of which the job has `all`, threads side by side.
template <class Exec, class F>
RL_HD void for_each_voxel(const Exec& exec, const VoxelTile& tile, std::int64_t all, const F& f) {
  const std::int64_t end = tile.first + VoxelTile::voxels < all ? tile.first + VoxelTile::voxels : all;
  for (std::int64_t i = tile.first + exec.thread(); i < end; i += exec.threads()) f(i);
}

}  // namespace radloom
