#pragma once
#include "core/host_device.hpp"
#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"

namespace radloom::preprocess {

/// A box to be cut out of an image on the device.
struct BoxToCopy {
  Span<const std::uint8_t> image;  ///< bytes, x fastest
  std::int64_t size[3];            ///< of the image
  std::int64_t first[3];           ///< of the box in it
  std::int32_t region;             ///< whose box it is: its size, type and place
};

struct CopyTile {
  std::int32_t copy;
  std::int64_t first;  ///< voxel of the box
};

/// Cuts the boxes of regions out of images that lie on the device already. Grid: one block a tile of `voxels` voxels. Cost: a voxel read
/// and written, two divisions.
struct CopyBox {
  static constexpr std::int64_t voxels = 8192;

  Span<const BoxRegion> box;
  Span<const BoxToCopy> copies;
  Span<const CopyTile> tiles;
  Span<std::uint8_t> images;  ///< where BoxRegion::image says

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const CopyTile tile = exec.global(tiles)[exec.block()];
    const BoxToCopy c = exec.global(copies)[tile.copy];
    const BoxRegion r = exec.global(box)[c.region];
    switch (r.type) {
      case ScalarType::int8:
      case ScalarType::uint8: return copy<std::uint8_t>(exec, c, r, tile.first);
      case ScalarType::int16:
      case ScalarType::uint16: return copy<std::uint16_t>(exec, c, r, tile.first);
      case ScalarType::int32:
      case ScalarType::uint32:
      case ScalarType::float32: return copy<std::uint32_t>(exec, c, r, tile.first);
      case ScalarType::float64: return copy<std::uint64_t>(exec, c, r, tile.first);
    }
  }

 private:
  template <class Word, class Exec>
  RL_HD void copy(Exec& exec, const BoxToCopy& c, const BoxRegion& r, std::int64_t start) const {
    const auto from =
        exec.global(Span<const Word>{reinterpret_cast<const Word*>(c.image.data), c.size[0] * c.size[1] * c.size[2]});
    const auto to = exec.global(Span<Word>{reinterpret_cast<Word*>(images.data + r.image), r.voxels()});
    const std::int64_t last = start + voxels < r.voxels() ? start + voxels : r.voxels();
    for (std::int64_t i = start + exec.thread(); i < last; i += exec.threads()) {
      const std::int64_t x = i % r.size[0], rest = i / r.size[0], y = rest % r.size[1], z = rest / r.size[1];
      to.set(i, from[((z + c.first[2]) * c.size[1] + y + c.first[1]) * c.size[0] + x + c.first[0]]);
    }
  }
};

}  // namespace radloom::preprocess
