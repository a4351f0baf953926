#pragma once
#include <cstdint>
#include <vector>

#include "backend/cuda/device.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/shape/compare_planes.hpp"
#include "kernels/shape/count_surface.hpp"
#include "kernels/shape/pack_bits.hpp"

namespace radloom::shape {

/// What the families of shape and of plane figures count alike: patterns and moments of the surface, the ends of its lines, and the
/// largest distances within planes. Host side: buffers and three launches, whatever the number of regions. `Planes`
/// is another size of its body, for tests.
template <class Device, class Planes = ComparePlanes>
class Counts {
 public:
  Counts() = default;
  /// Counts the regions whose numbers in the batch are given. `plane_axis`: 0 to 2 (z, y, x) where every region is one voxel thick across
  /// that axis, and only the plane of the voxels is compared; -1: all planes. Throws DeviceOutOfMemory, also for a region that has too many
  /// lines for 32 bits (some 23,000 x 23,000 rows).
  Counts(const StageInput<Device>& input, const std::vector<std::int64_t>& numbers, int plane_axis) {
    if (numbers.empty()) return;
    std::int64_t bits = 0, candidates = 0;
    auto& regions = bodies_;
    std::vector<std::int64_t> pack, surface, plane;
    std::int64_t pack_tiles = 0, surface_tiles = 0;
    for (const auto number : numbers) {
      const BoxRegion& b = input.boxes[std::size_t(number)];
      BodyRegion& r = regions.emplace_back();
      for (int d = 0; d < 3; ++d) {
        r.size[d] = b.size[d];
        r.spacing_mm[d] = b.spacing_mm[d];
      }
      r.plane_axis = plane_axis;
      r.mask = b.mask;
      r.bits = bits;
      r.x_lines = x_lines_;
      r.y_lines = y_lines_;
      r.candidates = candidates;
      bits += r.bit_words();
      x_lines_ += r.x_line_count();
      y_lines_ += r.y_line_count();
      candidates += r.most_candidates();
      if (r.x_line_count() >= std::int64_t(1) << 31) throw backend::DeviceOutOfMemory();
      pack.push_back(pack_tiles);
      surface.push_back(surface_tiles);
      plane.push_back(planes_);
      pack_tiles += PackBits::tiles(r, tuning::pack_threads);
      surface_tiles += CountSurface::tiles(r);
      planes_ += r.planes();
    }
    candidates_ = candidates;
    const auto n = std::int64_t(regions.size());
    auto& device = input.device;
    const auto stream = input.stream;
    regions_ = {device, stream, regions};
    pack_ = {device, stream, pack};
    surface_ = {device, stream, surface};
    plane_ = {device, stream, plane};
    words_ = {device, stream, n * (pattern_words + moment_words + 4)};
    words_.zero();
    bits_ = {device, stream, bits};
    ends_ = {device, stream, 2 * (x_lines_ + y_lines_)};
    ends_.zero();
    corners_ = {device, stream, 2 * x_lines_ + y_lines_};
    corners_.zero();

    device.launch(
        PackBits{regions_.span(), pack_.span(), input.masks, bits_}, {pack_tiles, tuning::pack_threads, 0}, stream);
    device.launch(CountSurface{regions_.span(), surface_.span(), bits_, patterns(), moments(), x_lines(), y_lines()},
        {surface_tiles, tuning::surface_threads, CountSurface::shared_bytes(tuning::surface_threads)}, stream);
    device.launch(
        Planes{regions_.span(), plane_.span(), x_lines(), y_lines(), z_corners(), y_corners(), x_corners(), largest()},
        {planes_, tuning::plane_threads, Planes::shared_bytes()}, stream);
  }

  const std::vector<BodyRegion>& bodies() const { return bodies_; }  ///< on the host
  Span<const BodyRegion> regions() const { return regions_.span(); }
  Span<std::uint64_t> patterns() const { return words_.span().part(0, regions_.size() * pattern_words); }
  Span<std::uint64_t> moments() const {
    return words_.span().part(regions_.size() * pattern_words, regions_.size() * moment_words);
  }
  /// Ordered keys of squared lengths, 4 a region: across z, y and x; the fourth is not made here.
  Span<std::uint64_t> largest() const {
    return words_.span().part(regions_.size() * (pattern_words + moment_words), regions_.size() * 4);
  }
  Span<std::uint32_t> x_lines() const { return ends_.span().part(0, 2 * x_lines_); }
  Span<std::uint32_t> y_lines() const { return ends_.span().part(2 * x_lines_, 2 * y_lines_); }
  Span<std::uint8_t> z_corners() const { return corners_.span().part(0, x_lines_); }
  Span<std::uint8_t> y_corners() const { return corners_.span().part(x_lines_, x_lines_); }
  Span<std::uint8_t> x_corners() const { return corners_.span().part(2 * x_lines_, y_lines_); }
  std::int64_t most_candidates() const { return candidates_; }

 private:
  std::int64_t x_lines_ = 0, y_lines_ = 0, planes_ = 0, candidates_ = 0;
  std::vector<BodyRegion> bodies_;
  Table<BodyRegion, Device> regions_;
  Table<std::int64_t, Device> pack_, surface_, plane_;
  backend::Buffer<std::uint64_t, Device> words_;
  backend::Buffer<std::uint32_t, Device> bits_, ends_;
  backend::Buffer<std::uint8_t, Device> corners_;
};

}  // namespace radloom::shape
