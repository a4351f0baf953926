#include "families/glcm/small_correlation.hpp"

#include <algorithm>
#include <cmath>

#include "core/numbers.hpp"
#include "core/simd.hpp"

namespace radloom::glcm {
namespace {

constexpr int lanes = SmallCorrelations::lanes;
constexpr int most = SmallCorrelations::most_levels;

using Lanes = SmallCorrelations::Lanes;

constexpr int place(int i, int j) { return i * (i + 1) / 2 + j; }

/// Matrices side by side, and what is made of them.
struct Batch {
  int n;             ///< the order of each
  const Lanes* row;  ///< sums of weights
  Lanes* entry;      ///< [row, column <= row]: weights; destroyed
  Lanes& largest;    ///< absolute eigenvalue but the first
};

/// One register of a batch, from lane `at` on.
template <int bytes>
struct Register {
  using Number = Numbers<bytes>;
  using Condition = typename Number::Condition;
  int n, at;
  Lanes* entry;
  Number diagonal[most];
  Number beside[most];  ///< squares of what stands beside the diagonal, beside[i] between i - 1 and i

  [[gnu::always_inline]] Number in(const Lanes& l) const { return Number::load(l.at + at); }
  [[gnu::always_inline]] void put(Lanes& l, const Number& value) const { value.store(l.at + at); }

  /// Makes S of weights, less its part along the eigenvector of 1. Returns the sum of the squares of its entries.
  [[gnu::always_inline]] Number deflate(const Lanes* row) const {
    Number root[most], inverse[most], whole = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
      root[i] = sqrt(in(row[i]));
      inverse[i] = choose(root[i] > 0, Number(1) / root[i], Number(0));
      whole += in(row[i]);
    }
    whole = choose(whole > 0, Number(1) / whole, Number(0));
    for (int i = 0; i < n; ++i)
      for (int j = 0; j <= i; ++j) {
        Lanes& e = entry[place(i, j)];
        const Number s = in(e) * (inverse[i] * inverse[j]) - root[i] * root[j] * whole;
        put(e, s);
        squares += (i == j ? 1 : 2) * (s * s);
      }
    return squares;
  }

  /// Householder reflections, from the last row on. Two rows at a time, which share what they read.
  [[gnu::always_inline]] void tridiagonalise() {
    Number v[most], q[most];
    for (int i = n - 1; i > 0; --i) {
      const Lanes* const row = entry + place(i, 0);
      Number rest = 0, half = 0;
      for (int k = 0; k < i; ++k) {
        v[k] = in(row[k]);
        q[k] = 0;
        if (k + 1 < i) rest += v[k] * v[k];
      }
      const Number last = v[i - 1], square = rest + last * last, length = sqrt(square);
      const Number g = choose(last >= 0, -length, length);
      // Without anything to reflect the matrix stays.
      const Number inverse = choose(rest > 1e-300, Number(1) / (square - last * g), Number(0));
      diagonal[i] = in(row[i]);
      beside[i] = square;
      v[i - 1] = last - g;
      // What is left becomes A - v q' - q v', with q = (A v - v (v'A v) / 2h) / h.
      int j = 0;
      for (; j + 1 < i; j += 2) {
        const Lanes *const a = entry + place(j, 0), *const b = entry + place(j + 1, 0);
        Number sum_a = 0, sum_b = 0;
        for (int k = 0; k < j; ++k) {
          const Number a_k = in(a[k]), b_k = in(b[k]);
          sum_a += a_k * v[k];
          sum_b += b_k * v[k];
          q[k] += a_k * v[j] + b_k * v[j + 1];
        }
        q[j] += sum_a + in(a[j]) * v[j] + in(b[j]) * v[j + 1];
        q[j + 1] += sum_b + in(b[j]) * v[j] + in(b[j + 1]) * v[j + 1];
      }
      for (const Lanes* const a = entry + place(j, 0); j < i; ++j) {
        Number sum = 0;
        for (int k = 0; k < j; ++k) {
          const Number a_k = in(a[k]);
          sum += a_k * v[k];
          q[k] += a_k * v[j];
        }
        q[j] += sum + in(a[j]) * v[j];
      }
      for (int k = 0; k < i; ++k) {
        q[k] *= inverse;
        half += q[k] * v[k];
      }
      half *= inverse * 0.5;
      for (int k = 0; k < i; ++k) q[k] -= half * v[k];
      const auto less = [&](Lanes & e, int r, int c) __attribute__((always_inline)) {
        put(e, in(e) - (v[r] * q[c] + q[r] * v[c]));
      };
      for (j = 0; j + 1 < i; j += 2) {
        Lanes *const a = entry + place(j, 0), *const b = entry + place(j + 1, 0);
        for (int k = 0; k <= j; ++k) {
          less(a[k], j, k);
          less(b[k], j + 1, k);
        }
        less(b[j + 1], j + 1, j + 1);
      }
      if (j < i)
        for (int k = 0; k <= j; ++k) less(entry[place(j, k)], j, k);
    }
    diagonal[0] = in(entry[0]);
  }

  /// Laguerre's iteration at both ends of each spectrum: x, which is not below its largest eigenvalue, comes nearer to it with the third power of the distance, so who came a
  /// ten-thousandth as far as the last time, and a millionth at most, is there. p being the characteristic polynomial, its pivots d give p'/p = sum of d'/d and (p'/p)' likewise.
  [[gnu::always_inline]] Number largest(const Number& squares) const {
    const Number order = n;
    const auto at_most = [](const Number& a, const Number& b) __attribute__((always_inline)) {
      return choose(a < b, a, b);
    };
    Number least = Number(1 - 1e-12) * sqrt(squares / (order - 1));
    const Condition some = least > 1e-15;
    constexpr double sign[2] = {1, -1};
    Number x[2] = {1, 1}, before[2] = {1, 1};
    Condition going[2] = {some, some};
    for (int step = 0; step < 60 && any(going[0] | going[1]); ++step) {
      Number over[2], first[2], second[2], g[2], h[2];
      for (int e = 0; e < 2; ++e) {
        over[e] = Number(1) / at_most(sign[e] * diagonal[0] - x[e], -1e-17);
        g[e] = first[e] = -over[e];
        h[e] = second[e] = -(first[e] * first[e]);
      }
      for (int i = 1; i < n; ++i)
        for (int e = 0; e < 2; ++e) {
          const Number t = beside[i] * over[e], d1 = t * first[e] - 1, d2 = t * (second[e] - first[e] * first[e]);
          over[e] = Number(1) / at_most(sign[e] * diagonal[i] - x[e] - t, -1e-17);
          first[e] = d1 * over[e];
          second[e] = d2 * over[e] - first[e] * first[e];
          g[e] += first[e];
          h[e] += second[e];
        }
      for (int e = 0; e < 2; ++e) {
        const Number inside = (order - 1) * (-order * h[e] - g[e] * g[e]);
        const Number far = choose(going[e], order / (g[e] + sqrt(choose(inside > 0, inside, Number(0)))), Number(0));
        x[e] -= far;
        const Condition there = ((far < 1e-6) & (far < 1e-4 * before[e])) | (far < 1e-14);
        before[e] = far;
        // Who has arrived is what the other end has to be farther than.
        least = choose(going[e] & there & (x[e] > least), x[e], least);
        going[e] = going[e] & !(there | (x[e] <= least));
      }
    }
    return choose(some, least, Number(0));
  }
};

template <int bytes>
[[gnu::always_inline]] inline void solve_batch(const Batch& b) {
  constexpr int register_bytes = bytes < int(sizeof(Lanes)) ? bytes : int(sizeof(Lanes));
  for (int at = 0; at < lanes; at += Numbers<register_bytes>::lanes) {
    Register<register_bytes> r;
    r.n = b.n;
    r.at = at;
    r.entry = b.entry;
    const auto squares = r.deflate(b.row);
    r.tridiagonalise();
    r.put(b.largest, r.largest(squares));
  }
}
RL_SIMD_WIDTHS(solve_all, const Batch&, solve_batch)

}  // namespace

SmallCorrelations::SmallCorrelations() : waiting_(most + 1) {
  for (int order = 2; order <= most; ++order) {
    waiting_[std::size_t(order)].entry.resize(std::size_t(place(order, 0)));
    waiting_[std::size_t(order)].row.resize(std::size_t(order));
  }
}

bool SmallCorrelations::decided(int n, const std::uint32_t* met, std::uint32_t& present, double& value) {
  for (int i = 0; i < n; ++i)
    if (met[i]) present |= 1u << i;
  if ((present & (present - 1)) == 0) {
    value = 0;
    return true;
  }
  // Two sides, from the first level on: who is met by one side belongs to the other.
  std::uint32_t side[2] = {present & (~present + 1), 0}, edge = side[0];
  for (int from = 0; edge; from = 1 - from) {
    std::uint32_t found = 0;
    for (std::uint32_t left = edge; left; left &= left - 1) found |= met[__builtin_ctz(left)];
    edge = found & ~side[1 - from];
    side[1 - from] |= found;
  }
  value = 1;
  return (side[0] | side[1]) != present || !(side[0] & side[1]);
}

void SmallCorrelations::solve() {
  for (int order = 2; order <= most; ++order)
    if (waiting_[std::size_t(order)].taken) solve(order);
}

void SmallCorrelations::solve(int order) {
  Waiting& batch = waiting_[std::size_t(order)];
  for (int l = batch.taken; l < lanes; ++l) {
    for (Lanes& entry : batch.entry) entry.at[l] = 0;
    for (Lanes& row : batch.row) row.at[l] = 0;
  }
  Lanes largest;
  solve_all({order, batch.row.data(), batch.entry.data(), largest});
  for (int l = 0; l < batch.taken; ++l) *batch.out[l] = std::min(largest.at[l], 1.0);
  batch.taken = 0;
}

}  // namespace radloom::glcm
