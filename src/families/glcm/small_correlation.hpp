#pragma once
// MCC of a symmetric matrix of few levels, as the neighbourhoods of maps have by the million.
#include <cmath>
#include <cstdint>

namespace radloom::glcm {

/// Levels up to which `small_correlation` works.
inline constexpr int small_correlation_levels = 32;

/// Eigenvalues of the symmetric n x n matrix `a` (rows of `stride`, both triangles; destroyed), in no order, into `value`: Householder
/// reflections to tridiagonal form, then implicit QL steps (EISPACK's tred1 and tql1; Golub and Van Loan, 8.3).
inline void small_eigenvalues(int n, double* a, int stride, double* value) {
  double beside[small_correlation_levels + 1];  // [i]: between i - 1 and i
  for (int i = n - 1; i > 0; --i) {
    double* const row = a + i * stride;
    double rest = 0;
    for (int k = 0; k + 1 < i; ++k) rest += row[k] * row[k];
    const double last = row[i - 1];
    if (rest <= 1e-300) {  // tridiagonal here already
      beside[i] = last;
      value[i] = row[i];
      continue;
    }
    const double length = std::sqrt(rest + last * last), g = last >= 0 ? -length : length;
    beside[i] = g;
    value[i] = row[i];
    const double h = rest + last * last - last * g;  // half of v'v
    row[i - 1] = last - g;
    // What is left becomes A - v q' - q v', v the row and q = (A v - v (v'A v) / 2h) / h.
    double q[small_correlation_levels], along = 0;
    for (int j = 0; j < i; ++j) {
      double sum = 0;
      const double* const other = a + j * stride;
      for (int k = 0; k < i; ++k) sum += other[k] * row[k];
      q[j] = sum / h;
      along += q[j] * row[j];
    }
    along /= 2 * h;
    for (int j = 0; j < i; ++j) q[j] -= along * row[j];
    for (int j = 0; j < i; ++j) {
      double* const other = a + j * stride;
      const double vj = row[j], qj = q[j];
      for (int k = 0; k < i; ++k) other[k] -= vj * q[k] + qj * row[k];
    }
  }
  value[0] = a[0];
  for (int i = 1; i < n; ++i) beside[i - 1] = beside[i];
  beside[n - 1] = 0;
  for (int l = 0; l < n; ++l)
    for (int step = 0; step < 60; ++step) {
      int m = l;
      while (m + 1 < n && std::fabs(beside[m]) > 1e-16 * (std::fabs(value[m]) + std::fabs(value[m + 1]) + 1e-2)) ++m;
      if (m == l) break;
      double g = (value[l + 1] - value[l]) / (2 * beside[l]), r = std::sqrt(g * g + 1);
      g = value[m] - value[l] + beside[l] / (g + (g >= 0 ? r : -r));
      double s = 1, c = 1, p = 0;
      int i = m - 1;
      for (; i >= l; --i) {
        const double f = s * beside[i], b = c * beside[i];
        r = std::sqrt(f * f + g * g);
        beside[i + 1] = r;
        if (r == 0) {
          value[i + 1] -= p;
          beside[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = value[i + 1] - p;
        r = (value[i] - g) * s + 2 * c * b;
        p = s * r;
        value[i + 1] = g + p;
        g = c * r - b;
      }
      if (r == 0 && i >= l) continue;
      value[l] -= p;
      beside[l] = g;
      beside[m] = 0;
    }
}

/// Maximal correlation coefficient of a symmetric matrix (see maximal_correlation.hpp, whose values these are but for epsilon's share,
/// which is below 1e-12 as long as no level has less than 1e-2 of the pairs). `neighbours[i]` has a bit for each level that i meets, `weight(i, j)` is
/// the weight of such a pair, `row[i]` the sum of a row; n <= small_correlation_levels.
///
/// Q is similar to the square of S_ij = p_ij / sqrt(p_i p_j), so MCC is the second largest absolute eigenvalue of S. The levels are a
/// graph whose edges are the pairs: where it falls apart, or has two sides that only meet each other, that is 1, without arithmetic
/// (Chung, Spectral Graph Theory, lemma 1.7). Else the eigenvector of 1 is taken away, and the others are worked out.
template <class Weight>
double small_correlation(int n, const std::uint32_t* neighbours, const double* row, const Weight& weight) {
  std::uint32_t present = 0;
  for (int i = 0; i < n; ++i)
    if (neighbours[i]) present |= 1u << i;
  if ((present & (present - 1)) == 0) return 0;  // one level, or none
  // Two sides, from the first level on.
  std::uint32_t side[2] = {present & (~present + 1), 0}, edge = side[0];
  int from = 0;
  while (edge) {
    std::uint32_t met = 0;
    for (std::uint32_t left = edge; left; left &= left - 1) met |= neighbours[__builtin_ctz(left)];
    edge = met & ~side[1 - from];
    side[1 - from] |= met;
    from = 1 - from;
  }
  if ((side[0] | side[1]) != present || !(side[0] & side[1])) return 1;

  int level[small_correlation_levels], m = 0;
  double root[small_correlation_levels], whole = 0;
  for (int i = 0; i < n; ++i)
    if (present >> i & 1) {
      level[m] = i;
      root[m++] = std::sqrt(row[i]);
      whole += row[i];
    }
  double a[small_correlation_levels * small_correlation_levels], value[small_correlation_levels];
  for (int i = 0; i < m; ++i)
    for (int j = 0; j <= i; ++j) {
      const double known = root[i] * root[j];
      const bool meet = neighbours[level[i]] >> level[j] & 1;
      a[i * m + j] = a[j * m + i] = (meet ? weight(level[i], level[j]) / known : 0.0) - known / whole;
    }
  small_eigenvalues(m, a, m, value);
  double largest = 0;
  for (int i = 0; i < m; ++i) largest = std::fabs(value[i]) > largest ? std::fabs(value[i]) : largest;
  return largest < 1 ? largest : 1;
}

}  // namespace radloom::glcm
