#pragma once
#include <cmath>

#include "core/host_device.hpp"

namespace radloom {

/// Eigenvalues of a symmetric N x N matrix in ascending order, by cyclic Jacobi rotations. `a` is destroyed.
template <int N>
RL_HD inline void symmetric_eigenvalues(double (&a)[N][N], double (&value)[N]) {
  for (int sweep = 0; sweep < 64; ++sweep) {
    double off = 0, all = 0;
    for (int p = 0; p < N; ++p)
      for (int q = 0; q < N; ++q) {
        all += a[p][q] * a[p][q];
        if (p != q) off += a[p][q] * a[p][q];
      }
    if (off <= 1e-40 * all) break;
    for (int p = 0; p < N; ++p)
      for (int q = p + 1; q < N; ++q) {
        if (a[p][q] == 0) continue;
        const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
        const double c = 1 / sqrt(t * t + 1), s = t * c;
        for (int k = 0; k < N; ++k) {
          const double kp = a[k][p], kq = a[k][q];
          a[k][p] = c * kp - s * kq;
          a[k][q] = s * kp + c * kq;
        }
        for (int k = 0; k < N; ++k) {
          const double pk = a[p][k], qk = a[q][k];
          a[p][k] = c * pk - s * qk;
          a[q][k] = s * pk + c * qk;
        }
      }
  }
  for (int p = 0; p < N; ++p) value[p] = a[p][p];
  for (int p = 1; p < N; ++p)
    for (int q = p; q > 0 && value[q] < value[q - 1]; --q) {
      const double swap = value[q];
      value[q] = value[q - 1];
      value[q - 1] = swap;
    }
}

}  // namespace radloom
