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
  for (std::int64_t z = 0; z < mask.nz(); ++z)
    for (std::int64_t y = 0; y < mask.ny(); ++y) {
      const std::uint64_t* const row = mask.row(y, z);
      std::int64_t count = 0, sum = 0, squares = 0;
      for (std::int64_t w = 0; w < mask.words(); ++w)
        BitMask::for_each_bit(row[w], w, [&](std::int64_t b) {
          const std::int64_t x = b - 1 - middle[0];
          ++count;
          sum += x;
          squares += x * x;
        });
      const std::int64_t v = y - middle[1], u = z - middle[2];
      m.voxels += count;
      m.sum[0] += sum;
      m.sum[1] += count * v;
      m.sum[2] += count * u;
      m.product[0][0] += squares;
      m.product[0][1] += sum * v;
      m.product[0][2] += sum * u;
      m.product[1][1] += count * v * v;
      m.product[1][2] += count * v * u;
      m.product[2][2] += count * u * u;
    }
  return m;
}

}  // namespace radloom
