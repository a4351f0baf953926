#pragma once
// MCC of symmetric matrices of few levels, as the neighbourhoods of maps have them by the million.
#include <cstdint>
#include <vector>

namespace radloom::glcm {

/// MCC (see maximal_correlation.hpp) of symmetric matrices of up to 32 levels, four of them at a time, one in each lane of the arithmetic: of eight, large ones would not fit the first cache.
///
/// Q is similar to the square of S_ij = p_ij / sqrt(p_i p_j) but for epsilon, whose share is at most epsilon / (p_i p_j):
/// 1e-11 for two levels with a two-hundredth of the pairs each; so MCC is the second largest absolute eigenvalue of S. The levels are a graph whose edges are the pairs: where it
/// falls apart, or has two sides that only meet each other, that is 1, without arithmetic (Chung, Spectral Graph Theory, lemma 1.7).
/// Else the eigenvector of 1 is taken away, and of both ends of what is left the one that lies farther from 0 is sought: Householder reflections to tridiagonal form,
/// then Laguerre's iteration from outside, which comes down on the outermost eigenvalue and never passes it (Wilkinson, The Algebraic Eigenvalue
/// Problem, chapter 7). An end is left alone as soon as it cannot be the farther one, since the largest absolute eigenvalue is at least the root of the mean of their squares.
/// Each lane is worked out by itself, to the same bits whatever the others hold.
class SmallCorrelations {
 public:
  static constexpr int most_levels = 32;
  static constexpr int lanes = 4;

  /// One number in each lane.
  struct Lanes {
    alignas(32) double at[lanes];
  };

  SmallCorrelations();

  /// A matrix of n <= most_levels levels, some of which may be without pairs: `met[i]` has a bit for each level that i meets, row[i] is the
  /// sum of a row, weight(i, j) that of a pair, 0 where there is none. Its value goes to `out`, at the latest when `solve` is called.
  template <class Weight>
  void put(int n, const std::uint32_t* met, const double* row, const Weight& weight, double* out) {
    std::uint32_t present = 0;
    if (decided(n, met, present, *out)) return;
    int level[most_levels], m = 0;
    for (std::uint32_t left = present; left; left &= left - 1) level[m++] = __builtin_ctz(left);
    Waiting& batch = waiting_[std::size_t(m)];
    double* to = &batch.entry[0].at[batch.taken];
    for (int i = 0; i < m; ++i) {
      batch.row[std::size_t(i)].at[batch.taken] = row[level[i]];
      for (int j = 0; j <= i; ++j, to += lanes) *to = double(weight(level[i], level[j]));
    }
    batch.out[batch.taken++] = out;
    if (batch.taken == lanes) solve(m);
  }

  /// Works out what was put and not decided.
  void solve();

 private:
  /// Whether the graph says it all: one level, several parts, two sides. Else the levels that have pairs are in `present`.
  static bool decided(int n, const std::uint32_t* met, std::uint32_t& present, double& value);

  /// Matrices of one order.
  struct Waiting {
    std::vector<Lanes> entry;  ///< [row, column <= row]: weights
    std::vector<Lanes> row;    ///< their sums
    double* out[lanes] = {};
    int taken = 0;
  };
  void solve(int order);
  std::vector<Waiting> waiting_;  ///< by order
};

}  // namespace radloom::glcm
