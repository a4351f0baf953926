#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "backend/columns.hpp"
#include "backend/cuda/device.hpp"
#include "kernels/common/regions.hpp"
#include "radloom/config.hpp"

namespace radloom {

/// What a stage, the host side of a room, is given: a batch that lies on the device, its regions all of one configuration. Host views
/// stand beside the device's where sizes have to be known. All device memory of the batch outlives the stage.
///
/// A stage is a class template over the device. Its constructor puts everything on the stream: buffers, launches, no waiting. What it
/// leaves are features, in the spans of `FamilyOutput` it is given; its own buffers go back in stream order with it. `collect`, where
/// matrices are asked for, waits and is slow.
template <class Device>
struct StageInput {
  Device& device;
  backend::Stream stream;
  const Settings& settings;
  Convention convention;
  const backend::Wanted& wanted;
  bool keep_matrices;

  std::span<const BoxRegion> boxes;  ///< on the host
  Span<const BoxRegion> box;         ///< the same on the device
  Span<const std::uint8_t> images;   ///< bytes; BoxRegion says where and of what type
  Span<const std::uint8_t> masks;    ///< 1 byte a voxel
  Span<const Tile> box_tiles;        ///< over the voxels of boxes, `tile_voxels` a tile
  Span<const std::uint64_t> inside;  ///< voxels inside, of each region

  // Only where gray levels are asked for (wanted.levels()); else empty.
  std::span<const LevelRegion> regions;  ///< on the host; same order and size as `boxes`
  Span<const LevelRegion> region;        ///< the same on the device
  Span<const std::uint16_t> levels;      ///< all regions' padded boxes back to back
  Span<const Tile>
      level_tiles;  ///< over padded boxes: Tile::first counts from voxel (0, 0, 0) of the box to its last, padding between rows
                    ///< included, so that no division is needed
  Span<const std::uint64_t> histogram;  ///< voxels of each gray level, see LevelRegion::histogram

  /// Where in `masks` each region's morphological mask begins: its own mask where it has no other. Only where GLDZM is asked for.
  Span<const std::int64_t> bodies;
  /// Whole region number k is the regions [wholes[k], wholes[k + 1]): its slices where they are measured one by one, else one region.
  Span<const std::int64_t> wholes;
  /// Where in `masks` each region's mask of intensities begins, on the host; empty where they are the regions' own. Only for shape.
  std::span<const std::int64_t> intensity_masks = {};

  /// The axis (0 = x) that no step goes along in a 2D run, else -1.
  int flat_axis() const { return settings.force_2d ? 2 - settings.force_2d_dimension : -1; }
  bool pyradiomics() const { return convention == Convention::pyradiomics; }
  std::int64_t count() const { return std::int64_t(boxes.size()); }

  /// Device memory, unwritten.
  template <class T>
  backend::Buffer<T, Device> room(std::int64_t size) const {
    return {device, stream, size};
  }
  /// The same, zeroed.
  template <class T>
  backend::Buffer<T, Device> zeroed(std::int64_t size) const {
    auto buffer = room<T>(size);
    buffer.zero();
    return buffer;
  }
};

/// Voxels of a tile of `StageInput`.
inline constexpr std::int64_t tile_voxels = 8192;

/// Where the tiles of each region lie in `StageInput::box_tiles`.
inline std::vector<TileRange> box_tile_ranges(std::span<const BoxRegion> boxes) {
  std::vector<TileRange> ranges;
  std::int64_t first = 0;
  for (const auto& b : boxes) {
    const std::int64_t count = (b.voxels() + tile_voxels - 1) / tile_voxels;
    ranges.push_back({first, count});
    first += count;
  }
  return ranges;
}

/// Where a stage puts features: `features` doubles a region, NaN where undefined. Empty where it is not wanted. Families that average over
/// directions do so over all those of a whole region, so their `averaged` has as many a whole region.
struct FamilyOutput {
  Span<double> averaged;
  Span<double> merged;
};

/// The voxels of a level tile: [first, last) among the region's own levels.
struct LevelRange {
  std::int64_t first, last;
};
RL_HD inline LevelRange range_of(const LevelRegion& r, const Tile& tile) {
  const std::int64_t end = r.at(r.size[0] - 1, r.size[1] - 1, r.size[2] - 1) + 1;
  const std::int64_t first = r.at(0, 0, 0) + tile.first;
  return {first, first + tile_voxels < end ? first + tile_voxels : end};
}

/// Host memory sent to the device once, in stream order; the pinned copy lives as long as this object.
template <class T, class Device>
class Table {
 public:
  Table() = default;
  Table(Device& device, backend::Stream stream, std::span<const T> values)
      : pinned_(device, std::int64_t(values.size())), buffer_(device, stream, std::int64_t(values.size())),
        settle_(device, stream) {
    for (std::size_t i = 0; i < values.size(); ++i) pinned_[std::int64_t(i)] = values[i];
    backend::upload(device, buffer_.span(), pinned_, pinned_.size(), stream);
  }
  Table(Device& device, backend::Stream stream, const std::vector<T>& values)
      : Table(device, stream, std::span<const T>(values)) {}
  Span<const T> span() const { return buffer_; }
  std::int64_t size() const { return buffer_.size(); }

 private:
  backend::Pinned<T, Device> pinned_;
  backend::Buffer<T, Device> buffer_;
  backend::Settle<Device> settle_;
};

}  // namespace radloom
