#pragma once
/// A batch of small regions on a device, made by hand: what a stage is given, without the pipeline and without its kernels.
#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/common/stage.hpp"
#include "preprocess/discretise.hpp"
#include "support/measure.hpp"
#include "support/wrapped.hpp"

namespace radloom::test {

/// A region by its gray levels (0 outside). Its image holds the levels as intensities unless another is given.
struct SmallRegion {
  oracle::Grid grid;
  std::array<double, 3> spacing_mm{1, 1, 1};
  Volume image{};       ///< of the grid's size; empty: int16, the gray levels, 999 outside
  oracle::Grid body{};  ///< the morphological mask, not 0 inside; empty: the same as the region

  SmallRegion(oracle::Grid g, const std::array<double, 3>& spacing = {1, 1, 1}, Volume v = {})
      : grid(std::move(g)), spacing_mm(spacing), image(std::move(v)) {
    if (image.empty()) image = volumes_of(grid, spacing_mm).image;
  }
  Volume mask() const { return volumes_of(grid, spacing_mm).mask; }
  Volume body_mask() const { return body.level.empty() ? mask() : volumes_of(body, spacing_mm).mask; }
  int highest() const { return *std::max_element(grid.level.begin(), grid.level.end()); }
};

/// A region whose image has intensities of the type T: those of `grid` times scale, plus offset.
template <class T>
SmallRegion typed(
    const oracle::Grid& grid, double scale, double offset, const std::array<double, 3>& spacing = {1, 1, 1}) {
  const auto v = volumes_of(grid, spacing);
  std::vector<T> values;
  for (const auto g : v.image.as<std::int16_t>()) values.push_back(wrapped<T>(double(g) * scale + offset));
  return {grid, spacing, Volume::from(v.image.geometry(), std::move(values))};
}

/// The same region as the cpu backend's families take it.
inline Discretised discretised(const SmallRegion& region, const Settings& settings) {
  const auto& size = region.grid.size;
  Discretised out;
  out.highest = region.highest();
  std::vector<std::uint64_t> voxels(std::size_t(out.highest) + 1);
  const auto fill = [&](auto cell) {
    LevelGrid<decltype(cell)> grid(
        {size[0], size[1], size[2]}, *std::max_element(settings.distances.begin(), settings.distances.end()));
    for (int z = 0; z < size[2]; ++z)
      for (int y = 0; y < size[1]; ++y) {
        grid.extent(y, z) = {0, size[0]};
        for (int x = 0; x < size[0]; ++x) {
          const int g = region.grid.at(x, y, z);
          grid.row(y, z)[x] = decltype(cell)(g);
          if (g) ++voxels[std::size_t(g)];
        }
      }
    out.grid = std::move(grid);
  };
  if (out.highest <= 255) fill(std::uint8_t{});
  else fill(std::uint16_t{});
  for (int g = 1; g <= out.highest; ++g)
    if (voxels[std::size_t(g)]) {
      out.gray_levels.push_back(g);
      out.voxels.push_back(voxels[std::size_t(g)]);
    }
  return out;
}

/// Copies device memory to the host and waits.
template <class T, class Device>
std::vector<std::remove_const_t<T>> downloaded(Device& device, Span<T> from, backend::Stream stream) {
  backend::Pinned<std::remove_const_t<T>, Device> pinned(device, from.size);
  backend::download(device, pinned, from, stream);
  device.synchronise(device.record(stream));
  return {pinned.begin(), pinned.end()};
}

/// The batch. It must outlive the stages that are given `input()`.
template <class Device>
class StageCase {
 public:
  StageCase(Device& device, const std::vector<SmallRegion>& regions, Settings settings, Convention convention,
      const backend::Wanted& wanted, bool keep_matrices = false, backend::Stream stream = 0)
      : device_(device), stream_(stream), settings_(std::move(settings)), convention_(convention), wanted_(wanted),
        keep_matrices_(keep_matrices) {
    for (const auto& r : regions) add(r);
    box_ = {device, stream, boxes_};
    images_ = {device, stream, image_bytes_};
    masks_ = {device, stream, mask_bytes_};
    box_tiles_ = {device, stream, tiles(boxes_, [](const BoxRegion& b) { return b.voxels(); })};
    inside_ = {device, stream, counts_};
    bodies_ = {device, stream, body_at_};
    std::vector<std::int64_t> whole_at;
    for (std::size_t i = 0; i <= regions.size(); ++i) whole_at.push_back(std::int64_t(i));
    wholes_ = {device, stream, whole_at};
    if (!wanted.levels() && !keep_matrices) {
      regions_.clear();
      return;
    }
    region_ = {device, stream, regions_};
    levels_ = {device, stream, level_words_};
    level_tiles_ = {device, stream, tiles(regions_, [](const LevelRegion& r) {
                      return r.at(r.size[0] - 1, r.size[1] - 1, r.size[2] - 1) - r.at(0, 0, 0) + 1;
                    })};
    histogram_ = {device, stream, histogram_words_};
  }

  /// Where the masks of `SmallRegion::body` begin.
  std::span<const std::int64_t> bodies() const { return body_at_; }

  StageInput<Device> input() const {
    return {device_, stream_, settings_, convention_, wanted_, keep_matrices_, boxes_, box_.span(), images_.span(),
        masks_.span(), box_tiles_.span(), inside_.span(), regions_, region_.span(), levels_.span(), level_tiles_.span(),
        histogram_.span(), bodies_.span(), wholes_.span()};
  }

 private:
  void add(const SmallRegion& r) {
    const auto& size = r.grid.size;
    BoxRegion b;
    image_bytes_.resize((image_bytes_.size() + 7) / 8 * 8);
    b.image = std::int64_t(image_bytes_.size());
    b.mask = std::int64_t(mask_bytes_.size());
    b.type = r.image.type();
    LevelRegion l;
    l.pad = *std::max_element(settings_.distances.begin(), settings_.distances.end());
    for (std::size_t k = 0; k < 3; ++k) {
      b.size[k] = l.size[k] = size[k];
      b.spacing_mm[k] = l.spacing_mm[k] = r.spacing_mm[k];
    }
    const auto bytes = std::size_t(b.voxels()) * bytes_of(b.type);
    image_bytes_.resize(std::size_t(b.image) + bytes);
    std::memcpy(image_bytes_.data() + b.image, r.image.data(), bytes);

    l.stride_y = size[0] + 2 * l.pad;
    l.stride_z = l.stride_y * (size[1] + 2 * l.pad);
    l.highest = r.highest();
    l.first = std::int64_t(level_words_.size());
    l.histogram = std::int64_t(histogram_words_.size());
    level_words_.resize(level_words_.size() + std::size_t(l.padded_voxels()));
    histogram_words_.resize(histogram_words_.size() + std::size_t(l.highest) + 1);
    std::uint64_t inside = 0;
    for (std::int64_t i = 0; i < b.voxels(); ++i) {
      const int g = r.grid.level[std::size_t(i)];
      mask_bytes_.push_back(g != 0);
      if (g == 0) continue;
      ++inside;
      level_words_[std::size_t(l.first + l.at(i))] = std::uint16_t(g);
      ++histogram_words_[std::size_t(l.histogram + g)];
    }
    body_at_.push_back(r.body.level.empty() ? b.mask : std::int64_t(mask_bytes_.size()));
    for (const int g : r.body.level) mask_bytes_.push_back(g != 0);
    counts_.push_back(inside);
    boxes_.push_back(b);
    regions_.push_back(l);
  }

  template <class R, class Length>
  static std::vector<Tile> tiles(const std::vector<R>& regions, const Length& length) {
    std::vector<Tile> out;
    for (std::size_t r = 0; r < regions.size(); ++r)
      for (std::int64_t first = 0; first < length(regions[r]); first += tile_voxels)
        out.push_back({std::int32_t(r), first});
    return out;
  }

  Device& device_;
  backend::Stream stream_;
  Settings settings_;
  Convention convention_;
  backend::Wanted wanted_;
  bool keep_matrices_;
  std::vector<BoxRegion> boxes_;
  std::vector<LevelRegion> regions_;
  std::vector<std::uint8_t> image_bytes_, mask_bytes_;
  std::vector<std::uint16_t> level_words_;
  std::vector<std::uint64_t> histogram_words_, counts_;
  std::vector<std::int64_t> body_at_;
  Table<BoxRegion, Device> box_;
  Table<LevelRegion, Device> region_;
  Table<std::uint8_t, Device> images_, masks_;
  Table<std::int64_t, Device> bodies_, wholes_;
  Table<Tile, Device> box_tiles_, level_tiles_;
  Table<std::uint64_t, Device> inside_, histogram_;
  Table<std::uint16_t, Device> levels_;
};

/// Room for the features of a family, full of a value that no feature has, so that what a stage leaves out is seen.
template <class Device>
class FeatureRoom {
 public:
  static constexpr double unwritten = 1.2345e-300;
  FeatureRoom(const StageInput<Device>& input, int features)
      : device_(input.device), stream_(input.stream), features_(features),
        pinned_(input.device, input.count() * features), buffer_(input.device, input.stream, input.count() * features) {
    std::fill(pinned_.begin(), pinned_.end(), unwritten);
    backend::upload(device_, buffer_.span(), pinned_, pinned_.size(), stream_);
  }
  Span<double> span() const { return buffer_; }
  /// The features of each region, after the stage's work.
  std::vector<std::vector<double>> values() const {
    const auto all = downloaded(device_, buffer_.span(), stream_);
    std::vector<std::vector<double>> out;
    for (auto first = all.begin(); first != all.end(); first += features_) out.emplace_back(first, first + features_);
    return out;
  }

 private:
  Device& device_;
  backend::Stream stream_;
  int features_;
  backend::Pinned<double, Device> pinned_;
  backend::Buffer<double, Device> buffer_;
};

}  // namespace radloom::test
