#pragma once
// What every backend does to interpolate, in one order of operations, so that responses agree bit for bit. Views are read and written by `[]`.
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "core/host_device.hpp"
#include "radloom/config.hpp"

namespace radloom {

/// Where voxel k of n along an axis falls among m old ones, the two centres being one; `ratio` is the new spacing over the old.
RL_HD inline double centred_index(std::int64_t k, std::int64_t n, std::int64_t m, double ratio) {
  return 0.5 * double(m - 1) + (double(k) - 0.5 * double(n - 1)) * ratio;
}

/// Where an output voxel falls along one axis and what it takes from there.
struct Tap {
  std::int32_t inside = 0;
  std::int32_t weights = 0;  ///< how many
  std::int64_t first = 0;    ///< input index of the first weight; may lie outside, `tap_source` says what stands for it
  double fraction = 0;       ///< linear: distance from `first`
  std::int64_t first_weight = 0;  ///< among the weights of the axis
};

/// Which input voxel stands for index i: the B-spline mirrors, all others repeat the edge.
RL_HD inline std::int64_t tap_source(std::int64_t i, std::int64_t size, Interpolator interpolator) {
  if (interpolator == Interpolator::bspline) {
    if (size == 1) return 0;
    if (i < 0) i = -i;
    if (i >= size - 1) i = 2 * (size - 1) - i;
  }
  return i < 0 ? 0 : i < size ? i : size - 1;
}

/// The block of the input that a grid needs (B-spline: its coefficients), and how an output voxel is made of it.
template <class Samples, class Weights>
struct Sampler {
  Interpolator interpolator;
  std::int64_t image_size[3];   ///< voxels of the whole input
  std::int64_t block_first[3];  ///< where the block lies in it
  std::int64_t block_size[3];
  Samples block;
  Weights weight[3];  ///< of each axis

  RL_HD std::int64_t in(int d, std::int64_t i) const {
    return tap_source(i, image_size[d], interpolator) - block_first[d];
  }
  RL_HD std::int64_t row(std::int64_t y, std::int64_t z) const { return (z * block_size[1] + y) * block_size[0]; }

  RL_HD double operator()(const Tap& x, const Tap& y, const Tap& z) const {
    switch (interpolator) {
      case Interpolator::nearest: return block[row(in(1, y.first), in(2, z.first)) + in(0, x.first)];
      case Interpolator::linear: return linear(x, y, z);
      case Interpolator::label_gaussian: return most_weight(x, y, z);
      default: return sum(x, y, z);
    }
  }

 private:
  RL_HD double linear(const Tap& x, const Tap& y, const Tap& z) const {
    const std::int64_t x0 = in(0, x.first), x1 = in(0, x.first + 1);
    const auto along_x = [&](std::int64_t r) {
      const double a = block[r + x0], b = block[r + x1];
      return a + (b - a) * x.fraction;
    };
    const auto along_y = [&](std::int64_t k) {
      const double a = along_x(row(in(1, y.first), k)), b = along_x(row(in(1, y.first + 1), k));
      return a + (b - a) * y.fraction;
    };
    const double a = along_y(in(2, z.first)), b = along_y(in(2, z.first + 1));
    return a + (b - a) * z.fraction;
  }

  /// Sum of weights times voxels, x fastest; weights multiplied x, y, z.
  RL_HD double sum(const Tap& x, const Tap& y, const Tap& z) const {
    double total = 0, weights = 0;
    const bool normalised = interpolator == Interpolator::gaussian;
    for (std::int32_t k = 0; k < z.weights; ++k) {
      const double wz = weight[2][z.first_weight + k];
      const std::int64_t at_z = in(2, z.first + k);
      for (std::int32_t j = 0; j < y.weights; ++j) {
        const double wy = weight[1][y.first_weight + j];
        const std::int64_t r = row(in(1, y.first + j), at_z);
        for (std::int32_t i = 0; i < x.weights; ++i) {
          const double wx = weight[0][x.first_weight + i];
          const double w = wx * wy * wz;
          total += w * block[r + in(0, x.first + i)];
          if (normalised) weights += w;
        }
      }
    }
    return normalised ? total / weights : total;
  }

  /// The value with the most weight around; the first to reach it wins.
  RL_HD double most_weight(const Tap& x, const Tap& y, const Tap& z) const {
    constexpr int most = 64;  // the cut at one voxel leaves at most four of each axis
    double values[most], weights[most], best = 0, value = 0;
    int n = 0;
    for (std::int32_t k = 0; k < z.weights; ++k)
      for (std::int32_t j = 0; j < y.weights; ++j) {
        const std::int64_t r = row(in(1, y.first + j), in(2, z.first + k));
        for (std::int32_t i = 0; i < x.weights; ++i) {
          const double v = block[r + in(0, x.first + i)];
          const double wx = weight[0][x.first_weight + i], wy = weight[1][y.first_weight + j],
                       wz = weight[2][z.first_weight + k];
          int at = 0;
          while (at < n && values[at] != v) ++at;
          if (at == n) {
            if (n == most) continue;
            values[n] = v;
            weights[n++] = 0;
          }
          weights[at] += wx * wy * wz;
          if (weights[at] > best) {
            best = weights[at];
            value = v;
          }
        }
      }
    return value;
  }
};

/// What the recursion of the cubic B-spline starts with (Unser 1999, box 2), worked out on the host: pow differs between libraries.
struct SplineStart {
  std::int64_t n;        ///< samples of a line
  std::int64_t horizon;  ///< where the recursion's memory ends
  double pole_power;     ///< pole^(n - 1)
};
inline constexpr double spline_pole = -0.26794919243112281;  ///< sqrt(3) - 2

/// Turns a line of samples into cubic B-spline coefficients, mirrored at both ends. Lines stand side by side: sample k of lane j is at
/// line[first + k * stride + j], and `lanes` of them are done together.
template <class Samples>
RL_HD inline void spline_coefficients(
    const Samples& line, const SplineStart& start, std::int64_t first, std::int64_t stride, std::int64_t lanes) {
  const std::int64_t n = start.n;
  if (n == 1) return;
  const double z = spline_pole, gain = (1 - z) * (1 - 1 / z);
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t j = 0; j < lanes; ++j) line[first + k * stride + j] *= gain;
  for (std::int64_t j = 0; j < lanes; ++j) {
    const std::int64_t s = first + j;
    double zn = z, sum = line[s];
    if (start.horizon < n) {
      for (std::int64_t k = 1; k < start.horizon; ++k) {
        sum += zn * line[s + k * stride];
        zn *= z;
      }
      line[s] = sum;
    } else {
      const double iz = 1 / z;
      double z2n = start.pole_power;
      sum = sum + z2n * line[s + (n - 1) * stride];
      z2n *= z2n * iz;
      for (std::int64_t k = 1; k <= n - 2; ++k) {
        sum += (zn + z2n) * line[s + k * stride];
        zn *= z;
        z2n *= iz;
      }
      line[s] = sum / (1 - zn * zn);
    }
  }
  for (std::int64_t k = 1; k < n; ++k)
    for (std::int64_t j = 0; j < lanes; ++j) line[first + k * stride + j] += z * line[first + (k - 1) * stride + j];
  for (std::int64_t j = 0; j < lanes; ++j) {
    const std::int64_t last = first + (n - 1) * stride + j;
    line[last] = (z / (z * z - 1)) * (z * line[last - stride] + line[last]);
  }
  for (std::int64_t k = n - 2; k >= 0; --k)
    for (std::int64_t j = 0; j < lanes; ++j)
      line[first + k * stride + j] = z * (line[first + (k + 1) * stride + j] - line[first + k * stride + j]);
}

/// The range of a voxel type; not asked of the standard library inside a function, which device code could not do.
template <class T>
struct VoxelRange {
  static constexpr T low = std::numeric_limits<T>::lowest(), high = std::numeric_limits<T>::max();
};

/// Casts as ITK's resampling does: cut to the range of T, truncated towards zero.
template <class T>
RL_HD inline T cast_voxel(double v) {
  if constexpr (!std::is_floating_point_v<T>) {
    if (v < double(VoxelRange<T>::low)) return VoxelRange<T>::low;
    if (v > double(VoxelRange<T>::high)) return VoxelRange<T>::high;
  }
  return T(v);
}

}  // namespace radloom
