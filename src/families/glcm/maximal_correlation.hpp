#pragma once
#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"
#include "core/team.hpp"

namespace radloom::glcm {

/// PyRadiomics' epsilon in the definition of MCC.
inline constexpr double correlation_epsilon = 0x1p-52;
/// Steps of the search between two restarts: most matrices need none of them.
RL_HD inline int correlation_steps(int levels) { return levels < 16 ? 32 : levels > 512 ? 1024 : 2 * levels; }

/// Room for the search: vectors of one double a level, and one double a step.
template <class V>
struct CorrelationScratch {
  V root, inverse, start, previous, current, image, a, b, ritz;  ///< of `levels`
  V diagonal, beside, below, share;                              ///< of `steps`
  int steps;                                                     ///< `correlation_steps`; any number > 1 gives the same
};
inline constexpr int correlation_vectors = 9;       ///< of one double a level in a CorrelationScratch
inline constexpr int correlation_coefficients = 4;  ///< of one double a step

/// Has the symmetric tridiagonal matrix (`diagonal`, `beside`) of order n an eigenvalue above x? By the signs of its pivots.
template <class V>
RL_HD inline bool eigenvalue_above(const V& diagonal, const V& beside, int n, double x) {
  double pivot = diagonal[0] - x;
  for (int i = 1; i < n; ++i) {
    if (pivot > 0) return true;
    const double e = beside[i - 1];
    pivot = diagonal[i] - x - e * e / (pivot == 0 ? -1e-300 : pivot);
  }
  return pivot > 0;
}

/// Its largest eigenvalue, which is at least `low` and hardly above `guess`. Every thread of the team tries a point of its own, and
/// the interval shrinks by as much.
template <class Team, class V>
RL_HD double largest_eigenvalue(const Team& team, const V& diagonal, const V& beside, int n, double low, double guess) {
  double high = low;
  for (int i = 0; i < n; ++i) {
    const double d = diagonal[i];
    const double reach = (i > 0 ? double(beside[i - 1]) : 0.0) + (i + 1 < n ? double(beside[i]) : 0.0);
    if (d > low) low = d;  // an entry of the diagonal is a lower bound, a row's disc an upper one
    if (d + reach > high) high = d + reach;
  }
  if (guess > low && guess < high) (eigenvalue_above(diagonal, beside, n, guess) ? low : high) = guess;
  const int points = team.size();
  for (int k = 0; k < 120 && high - low > 1e-16 * high; ++k) {
    const double part = (high - low) / (points + 1);
    const double above = team.maximum(points, low, [&](std::int64_t i) {
      const double x = low + double(i + 1) * part;
      return eigenvalue_above(diagonal, beside, n, x) ? x : low;
    });
    if (above == low && low + part >= high) break;
    if (above + part < high) high = above + part;
    low = above;
  }
  return low + (high - low) / 2;
}

/// Its eigenvector to a simple eigenvalue, with small components true to their size: pivots from above and from below meet where the
/// vector is largest (Dhillon and Parlett 2004, twisted factorisation). Returns the vector's length.
template <class Team, class V>
RL_HD double eigenvector(
    const Team& team, const V& diagonal, const V& beside, int n, double eigenvalue, const V& below, const V& out) {
  team.once([&] {
    const auto not_zero = [](double pivot) { return pivot == 0 ? -1e-300 : pivot; };
    double pivot = not_zero(diagonal[n - 1] - eigenvalue);
    below[n - 1] = pivot;
    for (int i = n - 2; i >= 0; --i) {
      const double e = beside[i];
      pivot = not_zero(diagonal[i] - eigenvalue - e * e / pivot);
      below[i] = pivot;
    }
    int twist = 0;
    double least = fabs(below[0]);
    pivot = not_zero(diagonal[0] - eigenvalue);
    out[0] = pivot;
    for (int i = 1; i < n; ++i) {
      const double e = beside[i - 1], change = e * e / pivot;
      if (const double meet = fabs(below[i] - change); meet < least) {
        least = meet;
        twist = i;
      }
      pivot = not_zero(diagonal[i] - eigenvalue - change);
      out[i] = pivot;
    }
    double component = 1;
    for (int i = twist - 1; i >= 0; --i) {
      component *= -beside[i] / out[i];
      out[i] = component;
    }
    component = 1;
    out[twist] = component;
    for (int i = twist + 1; i < n; ++i) {
      component *= -beside[i - 1] / below[i];
      out[i] = component;
    }
  });
  const auto square = [&](std::int64_t i, auto& t) {
    const double c = out[i];
    t[0] += c * c;
  };
  return sqrt(team.template sums<1>(n, square)[0]);
}

/// Maximal correlation coefficient (Haralick 1973, f14; no IBSI twin): the root of the second largest eigenvalue of
/// Q_ij = sum_k p_ik p_jk / (p_i p_k + epsilon), p_i = row[i] and p_k = column[k] the marginals of p.
///
/// With U_ik = p_ik / (p_i p_k + epsilon) and D = diag(p_i), Q is similar to D^1/2 U P^T D^-1/2, which is symmetric but for epsilon; its
/// symmetric part has the same eigenvalues to second order. The largest, 1, belongs to the root of p_i, which is projected out of
/// every vector. Lanczos steps find the largest that is left. Nothing is orthogonalised against earlier vectors: that makes copies of
/// eigenvalues already found and leaves the largest alone (Paige 1980), and three vectors are enough. The search ends when the
/// residual of the Ritz pair says that an eigenvalue is within 1e-12 of its own size, however many steps that takes: after `steps` of
/// them it starts again from the Ritz vector, made by going through the same steps once more, as long as that still moves the value.
///
/// Whoever holds the cells multiplies: `apply.down(v, root, inverse, a, b)` makes a_k = sum_i p_ik inverse_i v_i and
/// b_k = sum_i U_ik root_i v_i; `apply.up(a, b, root, inverse, image)` makes
/// image_i = (root_i sum_k U_ik a_k + inverse_i sum_k p_ik b_k) / 2. Cost: four multiplications and additions a cell and a step; 15
/// to 100 steps up to 1,024 levels, unless the matrix is nearly a chain of levels that only meet their next: then some thousands.
template <class Team, class Levels, class Row, class Apply, class V>
RL_HD double maximal_correlation(const Team& team, int n, const Levels& gray_level, const Row& row, const Apply& apply,
    const CorrelationScratch<V>& s) {
  if (n < 2) return 1;
  const auto totals = team.template sums<2>(n, [&](std::int64_t i, auto& t) {
    const double p = row[i];
    t[0] += p;
    t[1] += p > 0;
  });
  if (totals[1] < 2) return 0;
  const double whole = sqrt(totals[0]);
  // A fixed start without symmetry, zero where a level has no pairs.
  team.for_each(n, [&](std::int64_t i) {
    const double p = row[i], root = sqrt(p) / whole;
    s.root[i] = root;
    s.inverse[i] = p > 0 ? 1 / root : 0.0;
    auto h = std::uint32_t(gray_level[i]) * 0x9e3779b9u;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    h ^= h >> 16;
    s.start[i] = p > 0 ? double(h) / 4294967296.0 - 0.5 : 0.0;
  });
  // v, without its part along the root, of length 1. Its length before is returned.
  const auto normalise = [&](const V& v) {
    double length = 0;
    for (int pass = 0; pass < 2; ++pass) {  // once is not enough where most of v is taken away
      const double along = team.template sums<1>(n, [&](std::int64_t i, auto& t) { t[0] += s.root[i] * v[i]; })[0];
      team.for_each(n, [&](std::int64_t i) { v[i] -= along * s.root[i]; });
      length = sqrt(team.template sums<1>(n, [&](std::int64_t i, auto& t) { t[0] += v[i] * v[i]; })[0]);
      if (length > 0) team.for_each(n, [&](std::int64_t i) { v[i] /= length; });
    }
    return length;
  };
  // One step of the recurrence; leaves the next vector in `current`.
  const auto advance = [&](int step) {
    apply.down(s.current, s.root, s.inverse, s.a, s.b);
    apply.up(s.a, s.b, s.root, s.inverse, s.image);
    const double before = step > 0 ? double(s.beside[step - 1]) : 0.0;
    const auto along = team.template sums<2>(n, [&](std::int64_t i, auto& t) {
      const double u = s.image[i] - before * s.previous[i];
      t[0] += s.root[i] * u;
      t[1] += s.current[i] * u;
    });
    const auto rest = team.template sums<2>(n, [&](std::int64_t i, auto& t) {
      const double u = s.image[i] - before * s.previous[i] - along[0] * s.root[i] - along[1] * s.current[i];
      s.image[i] = u;
      t[0] += u * u;
      t[1] += s.root[i] * u;
    });
    const double length = rest[0] > rest[1] * rest[1] ? sqrt(rest[0] - rest[1] * rest[1]) : 0.0;
    team.once([&] {
      s.diagonal[step] = along[1];
      s.beside[step] = length;
    });
    if (length > 0)
      team.for_each(n, [&](std::int64_t i) {
        s.previous[i] = s.current[i];
        s.current[i] = (s.image[i] - rest[1] * s.root[i]) / length;
      });
    return length;
  };

  if (normalise(s.start) == 0) return 0;
  double largest = 0;
  const double least = 1e-15;  // rounding: what is smaller is nothing
  for (;;) {                   // each round begins with the best vector of the one before
    const double reached = largest;
    team.for_each(n, [&](std::int64_t i) {
      s.current[i] = s.start[i];
      s.previous[i] = 0;
    });
    int steps = 0, looked = 0, check = 1;
    double residual = 1, share_length = 1;
    while (steps < s.steps) {
      const double length = advance(steps++);
      if (steps < check && steps < s.steps && length > least) continue;
      largest = largest_eigenvalue(team, s.diagonal, s.beside, steps, largest * (1 - 1e-14), largest + residual);
      share_length = eigenvector(team, s.diagonal, s.beside, steps, largest, s.below, s.share);
      // The last component of the vector tells how far A x is from largest * x.
      const double before = residual, sought = 1e-12 * largest + least, last = s.share[steps - 1];
      residual = length * fabs(last) / share_length;
      if (length <= least || residual <= sought) return largest > 0 ? sqrt(largest) : 0;
      // The next look comes after a third of the steps that it takes at the present pace. Much later, copies would blur it.
      const double pace = std::log(before / residual) / (steps - looked),
                   ahead = std::log(residual / sought) / (3 * pace);
      looked = steps;
      check = steps + (pace > 0 && ahead < 8 ? int(ahead) + 1 : 8);
    }
    if (!(largest - reached > 1e-15 * largest)) return largest > 0 ? sqrt(largest) : 0;
    team.for_each(n, [&](std::int64_t i) {
      s.ritz[i] = 0;
      s.current[i] = s.start[i];
      s.previous[i] = 0;
    });
    for (int step = 0; step < steps; ++step) {
      const double share = s.share[step] / share_length;
      team.for_each(n, [&](std::int64_t i) { s.ritz[i] += share * s.current[i]; });
      if (step + 1 < steps) advance(step);
    }
    team.for_each(n, [&](std::int64_t i) { s.start[i] = s.ritz[i]; });
    normalise(s.start);
  }
}

}  // namespace radloom::glcm
