#include "families/glcm/small_correlation.hpp"

#include <algorithm>
#include <cmath>

#include "core/simd.hpp"

namespace radloom::glcm {
namespace {

constexpr int lanes = SmallCorrelations::lanes;
constexpr int most = SmallCorrelations::most_levels;

using Lanes = SmallCorrelations::Lanes;

constexpr int place(int i, int j) { return i * (i + 1) / 2 + j; }

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

/// A step of Laguerre's iteration in every lane: `x`, not below the largest eigenvalue, comes nearer to it. Returns how far the farthest came that has not arrived: it converges
/// with the third power of the distance, so who came a ten-thousandth as far as the last time (`before`), and a millionth at most, is there.
/// p being the characteristic polynomial, its pivots d give p'/p = sum of d'/d and (p'/p)' likewise. `sign` is -1 for the other end.
RL_SIMD_CLONES double approach(
    int n, const Lanes* diagonal, const Lanes* beside, double sign, Lanes& x, Lanes& before) {
  Lanes over, first, second, g, h;
  for (int l = 0; l < lanes; ++l) {
    const double r = 1 / std::min(sign * diagonal[0].at[l] - x.at[l], -1e-17);
    over.at[l] = r;
    first.at[l] = -r;
    second.at[l] = -first.at[l] * first.at[l];
    g.at[l] = first.at[l];
    h.at[l] = second.at[l];
  }
  for (int i = 1; i < n; ++i)
    for (int l = 0; l < lanes; ++l) {
      const double t = beside[i].at[l] * over.at[l];
      const double d1 = t * first.at[l] - 1, d2 = t * (second.at[l] - first.at[l] * first.at[l]);
      const double r = 1 / std::min(sign * diagonal[i].at[l] - x.at[l] - t, -1e-17);
      over.at[l] = r;
      first.at[l] = d1 * r;
      second.at[l] = d2 * r - first.at[l] * first.at[l];
      g.at[l] += first.at[l];
      h.at[l] += second.at[l];
    }
  Lanes step;
  for (int l = 0; l < lanes; ++l) {
    const double inside = double(n - 1) * (-double(n) * h.at[l] - g.at[l] * g.at[l]);
    step.at[l] = double(n) / (g.at[l] + std::sqrt(std::max(inside, 0.0)));
    x.at[l] -= step.at[l];
  }
  double farthest = 0;
  for (int l = 0; l < lanes; ++l) {
    const bool there = step.at[l] < 1e-6 && step.at[l] < 1e-4 * before.at[l];
    farthest = std::max(farthest, there ? 0.0 : step.at[l]);
    before.at[l] = step.at[l];
  }
  return farthest;
}

}  // namespace

SmallCorrelations::SmallCorrelations() : entry_(std::size_t(place(most, 0))) {}

double SmallCorrelations::square_root(double v) { return std::sqrt(v); }

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
  // Smaller matrices go on with zeros, which are no eigenvalues of any account.
  for (int l = 0; l < lanes; ++l)
    for (int c = place(l < taken_ ? order_[l] : 0, 0); c < place(largest_, 0); ++c) entry_[std::size_t(c)].at[l] = 0;
  Lanes diagonal[most], beside[most];
  tridiagonalise(largest_, entry_.data(), diagonal, beside);
  Lanes largest{};
  for (const double sign : {1.0, -1.0}) {
    Lanes x, before;
    std::fill(x.at, x.at + lanes, 1.0);
    std::fill(before.at, before.at + lanes, 1.0);
    for (int step = 0; step < 60 && approach(largest_, diagonal, beside, sign, x, before) > 1e-14; ++step) {
    }
    for (int l = 0; l < lanes; ++l) largest.at[l] = std::max(largest.at[l], x.at[l]);
  }
  for (int l = 0; l < taken_; ++l) *out_[l] = std::min(largest.at[l], 1.0);
  taken_ = largest_ = 0;
}

}  // namespace radloom::glcm
