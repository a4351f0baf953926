#pragma once
// Regions to measure: a ball of so many voxels, of so many gray levels, smooth or noisy. The same voxels every time.
#include <cmath>
#include <cstdint>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::bench {

struct Sample {
  Volume image;  ///< int16, intensities 0 .. levels - 1
  Volume mask;   ///< uint8
  std::int64_t voxels = 0;
};

/// `noisy`: every voxel draws its level (neighbours share nothing); else levels rise slowly along a wave (neighbours share most).
/// `margin` voxels of background surround the ball on every side.
inline Sample make_sample(std::int64_t voxels, int levels, bool noisy, std::int64_t margin = 0) {
  const double radius = std::cbrt(3.0 * double(voxels) / (4 * 3.14159265358979));
  const auto side = std::int64_t(2 * std::ceil(radius)) + 1 + 2 * margin;
  Geometry g;
  g.size = {side, side, side};
  g.spacing_mm = {0.8, 0.8, 1.5};
  std::vector<std::int16_t> image(g.voxels());
  std::vector<std::uint8_t> mask(g.voxels());
  Sample s;
  const double middle = double(side - 1) / 2;
  std::uint64_t state = 88172645463325252u;
  std::size_t i = 0;
  for (std::int64_t z = 0; z < side; ++z)
    for (std::int64_t y = 0; y < side; ++y)
      for (std::int64_t x = 0; x < side; ++x, ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const double u = double(x) - middle, v = double(y) - middle, w = double(z) - middle;
        mask[i] = u * u + v * v + w * w <= radius * radius;
        s.voxels += mask[i];
        const double wave = 0.5 + 0.25 * (std::sin(0.11 * double(x)) + std::cos(0.07 * double(y) + 0.05 * double(z)));
        image[i] = std::int16_t(noisy ? state % std::uint64_t(levels) : std::uint64_t(wave * (levels - 1)));
      }
  s.image = Volume::from(g, std::move(image));
  s.mask = Volume::from(g, std::move(mask));
  return s;
}

}  // namespace radloom::bench
