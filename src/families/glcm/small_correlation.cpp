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

/// Makes S of weights, less its part along the eigenvector of 1, and the sum of the squares of its entries.
RL_SIMD_CLONES void deflate(int n, const Lanes* row, Lanes* entry, Lanes& squares) {
  Lanes root[most], inverse[most], whole{};
  for (int i = 0; i < n; ++i)
    for (int l = 0; l < lanes; ++l) {
      const double r = std::sqrt(row[i].at[l]);
      root[i].at[l] = r;
      inverse[i].at[l] = r > 0 ? 1 / r : 0.0;
      whole.at[l] += row[i].at[l];
    }
  for (int l = 0; l < lanes; ++l) whole.at[l] = whole.at[l] > 0 ? 1 / whole.at[l] : 0.0;
  Lanes sum{};
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j, ++entry)
      for (int l = 0; l < lanes; ++l) {
        const double s =
            entry->at[l] * (inverse[i].at[l] * inverse[j].at[l]) - root[i].at[l] * root[j].at[l] * whole.at[l];
        entry->at[l] = s;
        sum.at[l] += (i == j ? 1 : 2) * (s * s);
      }
  squares = sum;
}

/// Makes tridiagonal matrices of order n of `entry`, which is destroyed: `diagonal`, and the squares of what stands beside it, beside[i]
/// between i - 1 and i.
RL_SIMD_CLONES void tridiagonalise(int n, Lanes* entry, Lanes* diagonal, Lanes* beside) {
  Lanes q[most];
  for (int i = n - 1; i > 0; --i) {
    Lanes* const row = entry + place(i, 0);
    Lanes rest{}, inverse, half;
    for (int k = 0; k + 1 < i; ++k)
      for (int l = 0; l < lanes; ++l) rest.at[l] += row[k].at[l] * row[k].at[l];
    for (int l = 0; l < lanes; ++l) {
      const double last = row[i - 1].at[l], square = rest.at[l] + last * last;
      // Without anything to reflect, v = 0 and the matrix stays.
      const bool any = rest.at[l] > 1e-300;
      const double length = std::sqrt(square), g = last >= 0 ? -length : length;
      inverse.at[l] = any ? 1 / (square - last * g) : 0.0;
      half.at[l] = 0;
      beside[i].at[l] = square;
      diagonal[i].at[l] = row[i].at[l];
      row[i - 1].at[l] = last - g;
    }
    // What is left becomes A - v q' - q v', v the row and q = (A v - v (v'A v) / 2h) / h.
    for (int j = 0; j < i; ++j) q[j] = Lanes{};
    for (int j = 0; j < i; ++j) {
      const Lanes* const a = entry + place(j, 0);
      Lanes sum{};
      for (int k = 0; k < j; ++k)
        for (int l = 0; l < lanes; ++l) {
          sum.at[l] += a[k].at[l] * row[k].at[l];
          q[k].at[l] += a[k].at[l] * row[j].at[l];
        }
      for (int l = 0; l < lanes; ++l) q[j].at[l] += sum.at[l] + a[j].at[l] * row[j].at[l];
    }
    for (int j = 0; j < i; ++j)
      for (int l = 0; l < lanes; ++l) {
        q[j].at[l] *= inverse.at[l];
        half.at[l] += q[j].at[l] * row[j].at[l];
      }
    for (int l = 0; l < lanes; ++l) half.at[l] *= inverse.at[l] / 2;
    for (int j = 0; j < i; ++j)
      for (int l = 0; l < lanes; ++l) q[j].at[l] -= half.at[l] * row[j].at[l];
    for (int j = 0; j < i; ++j) {
      Lanes* const a = entry + place(j, 0);
      for (int k = 0; k <= j; ++k)
        for (int l = 0; l < lanes; ++l) a[k].at[l] -= row[j].at[l] * q[k].at[l] + q[j].at[l] * row[k].at[l];
    }
  }
  for (int l = 0; l < lanes; ++l) diagonal[0].at[l] = entry[0].at[l];
}

/// Tridiagonal matrices, and what is made of them.
struct Spectrum {
  int n;
  const Lanes *diagonal, *beside;
  const Lanes& order;    ///< of each matrix: what stands beyond is not looked at
  const Lanes& squares;  ///< sum of the squares of its eigenvalues
  Lanes& largest;        ///< absolute eigenvalue
};

/// Laguerre's iteration at both ends of each spectrum: x, which is not below its largest eigenvalue, comes nearer to it with the third power of the distance, so who came a ten-thousandth
/// as far as the last time, and a millionth at most, is there. p being the characteristic polynomial, its pivots d give p'/p = sum of d'/d and (p'/p)' likewise.
template <int bytes>
[[gnu::always_inline]] inline void find_largest(const Spectrum& s) {
  using Number = Numbers<(bytes < 32 ? bytes : 32)>;
  using Condition = typename Number::Condition;
  const auto at_most = [](Number a, Number b) { return choose(a < b, a, b); };
  for (int at = 0; at < lanes; at += Number::lanes) {
    const auto in = [at](const Lanes& l) { return Number::load(l.at + at); };
    const Number order = in(s.order);
    Number least = Number(1 - 1e-12) * sqrt(in(s.squares) / (order - Number(1)));
    const Condition some = least > Number(1e-15);
    constexpr double sign[2] = {1, -1};
    Number x[2] = {1, 1}, before[2] = {1, 1};
    Condition going[2] = {some, some};
    for (int step = 0; step < 60 && any(going[0] | going[1]); ++step) {
      Number over[2], first[2], second[2], g[2], h[2];
      for (int e = 0; e < 2; ++e) {
        over[e] = Number(1) / at_most(Number(sign[e]) * in(s.diagonal[0]) - x[e], -1e-17);
        g[e] = first[e] = -over[e];
        h[e] = second[e] = -(first[e] * first[e]);
      }
      for (int i = 1; i < s.n; ++i) {
        const Number diagonal = in(s.diagonal[i]), beside = in(s.beside[i]);
        const Condition counts = order > Number(i);
        for (int e = 0; e < 2; ++e) {
          const Number t = beside * over[e], d1 = t * first[e] - Number(1), d2 = t * (second[e] - first[e] * first[e]);
          over[e] = Number(1) / at_most(Number(sign[e]) * diagonal - x[e] - t, -1e-17);
          first[e] = d1 * over[e];
          second[e] = d2 * over[e] - first[e] * first[e];
          g[e] += choose(counts, first[e], Number(0));
          h[e] += choose(counts, second[e], Number(0));
        }
      }
      for (int e = 0; e < 2; ++e) {
        const Number inside = (order - Number(1)) * (-order * h[e] - g[e] * g[e]);
        const Number far =
            choose(going[e], order / (g[e] + sqrt(choose(inside > Number(0), inside, Number(0)))), Number(0));
        x[e] -= far;
        const Condition there = ((far < Number(1e-6)) & (far < Number(1e-4) * before[e])) | (far < Number(1e-14));
        before[e] = far;
        // Who has arrived is what the other end has to be farther than.
        least = choose(going[e] & there & (x[e] > least), x[e], least);
        going[e] = going[e] & !(there | (x[e] <= least));
      }
    }
    choose(some, least, Number(0)).store(s.largest.at + at);
  }
}
RL_SIMD_WIDTHS(find, const Spectrum&, find_largest)

}  // namespace

SmallCorrelations::SmallCorrelations() : entry_(std::size_t(place(most, 0))), row_(most) {}

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
  if (taken_ == 0) return;
  // Smaller matrices go on with zeros.
  for (int l = 0; l < lanes; ++l) {
    const int order = l < taken_ ? order_[l] : 0;
    for (int c = place(order, 0); c < place(largest_, 0); ++c) entry_[std::size_t(c)].at[l] = 0;
    for (int i = order; i < largest_; ++i) row_[std::size_t(i)].at[l] = 0;
  }
  Lanes diagonal[most], beside[most], order, squares, largest;
  for (int l = 0; l < lanes; ++l) order.at[l] = l < taken_ ? order_[l] : 2;
  deflate(largest_, row_.data(), entry_.data(), squares);
  tridiagonalise(largest_, entry_.data(), diagonal, beside);
  find({largest_, diagonal, beside, order, squares, largest});
  for (int l = 0; l < taken_; ++l) *out_[l] = std::min(largest.at[l], 1.0);
  taken_ = largest_ = 0;
}

}  // namespace radloom::glcm
