#pragma once
#include <cmath>
#include <cstdint>

namespace radloom::cohort {

/// Random numbers that belong to a place: the same seed and voxel give the same number, in any order and on any machine.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : seed_(seed) {}

  /// About normal, mean 0, standard deviation 1: four uniform numbers added.
  double white(std::int64_t x, std::int64_t y, std::int64_t z) const noexcept {
    const std::uint64_t h = hash(x, y, z);
    const std::int64_t sum = std::int64_t(h & 0xFFFF) + std::int64_t(h >> 16 & 0xFFFF) +
                             std::int64_t(h >> 32 & 0xFFFF) + std::int64_t(h >> 48);
    return double(sum - 131070) / 37837.0;
  }

  /// Smooth noise in [-1, 1] with blobs about `period` wide: random values on a lattice, blended between its points.
  double smooth(double x, double y, double z, double period) const noexcept {
    const double p[3] = {x / period, y / period, z / period};
    std::int64_t corner[3];
    double t[3];
    for (int axis = 0; axis < 3; ++axis) {
      const double floor = std::floor(p[axis]);
      const double f = p[axis] - floor;
      corner[axis] = std::int64_t(floor);
      t[axis] = f * f * (3 - 2 * f);
    }
    double sum = 0;
    for (int k = 0; k < 8; ++k) {
      const int dx = k & 1, dy = k >> 1 & 1, dz = k >> 2;
      const double weight = (dx ? t[0] : 1 - t[0]) * (dy ? t[1] : 1 - t[1]) * (dz ? t[2] : 1 - t[2]);
      sum += weight * (double(hash(corner[0] + dx, corner[1] + dy, corner[2] + dz) >> 48) / 32767.5 - 1);
    }
    return sum;
  }

 private:
  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014), once for each coordinate.
  static std::uint64_t mix(std::uint64_t v) noexcept {
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
    v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
    return v ^ (v >> 31);
  }
  std::uint64_t hash(std::int64_t x, std::int64_t y, std::int64_t z) const noexcept {
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
    std::uint64_t h = mix(seed_ + golden);
    h = mix(h + golden + std::uint64_t(x));
    h = mix(h + golden + std::uint64_t(y));
    return mix(h + golden + std::uint64_t(z));
  }

  std::uint64_t seed_;
};

}  // namespace radloom::cohort
