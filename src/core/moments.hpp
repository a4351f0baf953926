#pragma once
#include <array>
#include <cstdint>

#include "core/bit_mask.hpp"
#include "core/symmetric_eigen.hpp"

namespace radloom {

/// Number of voxels of the mask; `variance` gets the variances of their centres along the principal axes, ascending, mm^2
/// (divided by the number of voxels). Sums of indices are integers, counted from the middle of the grid; eigenvalues within
/// rounding of zero are zero.
inline std::int64_t principal_variances(
    const BitMask& mask, const std::array<double, 3>& spacing_mm, double (&variance)[3]) {
  std::int64_t n = 0, s[3] = {}, ss[3][3] = {};
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
      n += count;
      s[0] += sum;
      s[1] += count * v;
      s[2] += count * u;
      ss[0][0] += squares;
      ss[0][1] += sum * v;
      ss[0][2] += sum * u;
      ss[1][1] += count * v * v;
      ss[1][2] += count * v * u;
      ss[2][2] += count * u * u;
    }
  for (double& v : variance) v = 0;
  if (n == 0) return 0;
  double covariance[3][3], value[3];
  for (int i = 0; i < 3; ++i)
    for (int j = i; j < 3; ++j)
      covariance[i][j] = covariance[j][i] =
          (double(ss[i][j]) / double(n) - double(s[i]) / double(n) * (double(s[j]) / double(n))) * spacing_mm[i] *
          spacing_mm[j];
  symmetric_eigenvalues<3>(covariance, value);
  for (int i = 0; i < 3; ++i) variance[i] = value[i] > 1e-14 * value[2] ? value[i] : 0;
  return n;
}

}  // namespace radloom
