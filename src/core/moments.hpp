#pragma once
#include <array>
#include <cstdint>

#include "core/bit_mask.hpp"
#include "core/host_device.hpp"
#include "core/symmetric_eigen.hpp"

namespace radloom {

/// Sums over the voxels of a mask, of their indices counted from the middle voxel of its grid (size / 2). Integers, so that any order
/// gives the same; exact as long as voxels x (longest axis / 2)^2 < 2^63.
struct IndexMoments {
  std::int64_t voxels = 0;
  std::int64_t sum[3] = {};
  std::int64_t product[3][3] = {};  ///< [i][j] for i <= j
};

/// Variances of the voxels' centres along their principal axes, ascending, mm^2 (divided by the number of voxels). Eigenvalues
/// within rounding of zero are zero; all are where there is no voxel.
RL_HD inline void principal_variances(const IndexMoments& m, const double (&spacing_mm)[3], double (&variance)[3]) {
  for (double& v : variance) v = 0;
  if (m.voxels == 0) return;
  const auto n = double(m.voxels);
  double covariance[3][3], value[3];
  for (int i = 0; i < 3; ++i)
    for (int j = i; j < 3; ++j)
      covariance[i][j] = covariance[j][i] =
          (double(m.product[i][j]) / n - double(m.sum[i]) / n * (double(m.sum[j]) / n)) * spacing_mm[i] * spacing_mm[j];
  symmetric_eigenvalues<3>(covariance, value);
  for (int i = 0; i < 3; ++i) variance[i] = value[i] > 1e-14 * value[2] ? value[i] : 0;
}

inline IndexMoments index_moments(const BitMask& mask) {
  IndexMoments m;
  const std::int64_t middle[3] = {mask.nx() / 2, mask.ny() / 2, mask.nz() / 2};
  for (std::int64_t z = 0; z < mask.nz(); ++z) {
    std::int64_t voxels = 0, sum_x = 0, sum_y = 0;  // of the slice
    for (std::int64_t y = 0; y < mask.ny(); ++y) {
      const std::uint64_t* const row = mask.row(y, z);
      const std::int64_t v = y - middle[1];
      std::int64_t count = 0, sum = 0;
      for (std::int64_t w = 0; w < mask.words(); ++w)
        BitMask::for_each_run(row[w], [&](std::int64_t first, std::int64_t n) {
          // x, x + 1, ... x + n - 1
          const std::int64_t x = w * 64 + first - 1 - middle[0], steps = n * (n - 1) / 2;
          count += n;
          sum += n * x + steps;
          m.product[0][0] += (n * x + 2 * steps) * x + steps * (2 * n - 1) / 3;
        });
      if (count == 0) continue;
      voxels += count;
      sum_x += sum;
      sum_y += count * v;
      m.product[0][1] += sum * v;
      m.product[1][1] += count * v * v;
    }
    const std::int64_t u = z - middle[2];
    m.voxels += voxels;
    m.sum[0] += sum_x;
    m.sum[1] += sum_y;
    m.sum[2] += voxels * u;
    m.product[0][2] += sum_x * u;
    m.product[1][2] += sum_y * u;
    m.product[2][2] += voxels * u * u;
  }
  return m;
}

}  // namespace radloom
