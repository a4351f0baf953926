#pragma once
#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"
#include "families/glcm/formulas.hpp"

namespace radloom::glcm {

/// Steps the search below takes at most, and the room it needs.
inline constexpr int correlation_steps = 160;
RL_HD inline std::int64_t correlation_scratch(int levels) {
  return std::int64_t(correlation_steps + 4) * levels + 4 * correlation_steps;
}

/// Largest eigenvalue of the symmetric tridiagonal matrix (`diagonal`, `beside`) of order n, by bisection on Sturm counts.
RL_HD inline double largest_eigenvalue(const double* diagonal, const double* beside, int n) {
  double low = diagonal[0], high = diagonal[0];
  for (int i = 0; i < n; ++i) {
    const double reach = (i > 0 ? fabs(beside[i - 1]) : 0) + (i + 1 < n ? fabs(beside[i]) : 0);
    if (diagonal[i] > low) low = diagonal[i];  // the largest diagonal entry is a lower bound
    if (diagonal[i] + reach > high) high = diagonal[i] + reach;
  }
  for (int k = 0; k < 120 && high - low > 1e-16 * (fabs(low) + fabs(high)); ++k) {
    const double middle = low + (high - low) / 2;
    bool above = false;  // is an eigenvalue larger than middle?
    double pivot = diagonal[0] - middle;
    for (int i = 0;; ++i) {
      if (pivot > 0) {
        above = true;
        break;
      }
      if (i + 1 == n) break;
      pivot = diagonal[i + 1] - middle - beside[i] * beside[i] / (pivot == 0 ? -1e-300 : pivot);
    }
    (above ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

/// Maximal correlation coefficient (Haralick 1973, f14; no IBSI twin): the root of the second largest eigenvalue of
/// Q_ij = sum_k p_ik p_jk / (p_i p_k + epsilon), for `probabilities` left in `s` by `compute`.
///
/// Q is similar to M N^T with M_ik = sqrt(p_i) p_ik / (p_i p_k + epsilon), N_jk = p_jk / sqrt(p_j), which is symmetric but for
/// epsilon; its symmetric part has the same eigenvalues to second order. The largest, 1, belongs to sqrt(p_i), which is
/// projected out; Lanczos steps with full reorthogonalisation find the largest that is left. Cost: four passes over the
/// cells a step instead of levels^3; a few dozen steps.
RL_HD inline double maximal_correlation(const View& m, const Scratch& s, double total, double* scratch) {
  const double epsilon = 0x1p-52;
  const int n = m.levels;
  if (n < 2) return 1;
  double* const basis = scratch;  // correlation_steps + 1 vectors
  double* const first = basis + std::int64_t(correlation_steps + 1) * n;
  double* const image = first + n;
  double* const middle = image + n;
  double* const diagonal = middle + n;
  double* const beside = diagonal + correlation_steps;

  auto dot = [n](const double* a, const double* b) {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
  };
  // Takes the first eigenvector and the basis out of v, twice: once is not enough in floating point.
  auto orthogonalise = [&](double* v, int vectors) {
    for (int pass = 0; pass < 2; ++pass) {
      const double along = dot(first, v);
      for (int i = 0; i < n; ++i) v[i] -= along * first[i];
      for (int b = 0; b < vectors; ++b) {
        const double* const u = basis + std::int64_t(b) * n;
        const double share = dot(u, v);
        for (int i = 0; i < n; ++i) v[i] -= share * u[i];
      }
    }
  };

  int active = 0;
  double norm = 0;
  for (int i = 0; i < n; ++i) {
    first[i] = sqrt(s.row[i]);
    norm += s.row[i];
    active += s.row[i] > 0;
  }
  for (int i = 0; i < n; ++i) first[i] /= sqrt(norm);
  if (active < 2) return 0;

  // A fixed start without symmetry, zero where a level has no pairs.
  std::uint32_t state = 0x9e3779b9u;
  for (int i = 0; i < n; ++i) {
    state = state * 1664525u + 1013904223u;
    basis[i] = s.row[i] > 0 ? double(state >> 8) / double(1u << 24) - 0.5 : 0;
  }
  orthogonalise(basis, 0);
  norm = sqrt(dot(basis, basis));
  if (norm < 1e-12) return 0;
  for (int i = 0; i < n; ++i) basis[i] /= norm;

  double largest = 0, before = -1;
  for (int step = 0; step < correlation_steps; ++step) {
    double* const v = basis + std::int64_t(step) * n;
    for (int i = 0; i < n; ++i) image[i] = 0;
    for (int half = 0; half < 2; ++half) {  // (M N^T + N M^T) / 2
      for (int i = 0; i < n; ++i) middle[i] = 0;
      for (int pass = 0; pass < 2; ++pass) {
        const bool with_m = pass != half;
        for (std::int64_t c = 0; c < m.cells; ++c) {
          const auto [i, k, w] = m.cell[c];
          const double p = w / total, root = first[i];
          const double value = with_m ? root * p / (s.row[i] * s.column[k] + epsilon) : p / root;
          if (pass == 0) middle[k] += value * v[i];
          else image[i] += 0.5 * value * middle[k];
        }
      }
    }
    diagonal[step] = dot(v, image);
    orthogonalise(image, step + 1);
    beside[step] = sqrt(dot(image, image));
    largest = largest_eigenvalue(diagonal, beside, step + 1);
    if (step + 1 >= active - 1 || beside[step] < 1e-14) break;
    if (step % 6 == 5) {
      if (fabs(largest - before) <= 1e-15 * fabs(largest)) break;
      before = largest;
    }
    double* const next = v + n;
    for (int i = 0; i < n; ++i) next[i] = image[i] / beside[step];
  }
  return largest > 0 ? sqrt(largest) : 0;
}

}  // namespace radloom::glcm
