#pragma once
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "core/host_device.hpp"
#include "core/numbers.hpp"
#include "core/team.hpp"
#include "families/common/count_entropy.hpp"

namespace radloom {

/// A matrix of gray level against size: run lengths, zone sizes or dependences. The same sixteen sums serve them all
/// (IBSI 3.7, 3.8, 3.11), so they are written once, over anything that has the members of this view.
struct SizeMatrixView {
  struct Cell {
    double level;   ///< gray level
    double size;    ///< run length, zone size, dependence; >= 1
    double weight;  ///< how many; cells of weight 0 count for nothing
    RL_HD double level_squared() const { return level * level; }
    RL_HD double size_squared() const { return size * size; }
  };
  const Cell* cell;  ///< by level, then size
  std::int64_t cells;
  const Cell* by_level;  ///< marginal: level and weight
  std::int64_t levels;
  const Cell* by_size;  ///< marginal: size and weight
  std::int64_t sizes;
};

/// A matrix of few counts, whose logarithms are looked up: `cell[c].log2_weight()` and that of their total, 0 for 0.
template <class Matrix>
concept LooksUpSizeLogarithms = requires(const Matrix& m) {
  m.log2_total;
};
/// p log2(p + epsilon), p > 0.
RL_HD inline double size_entropy_term(double p, double epsilon) { return p * log2(p + epsilon); }

/// The same of a cell, whose probability is p.
template <class Matrix, class Cell, class Number>
RL_HD_INLINE Number size_entropy_of(const Matrix& m, const Cell& cell, const Number& p, double epsilon) {
  if constexpr (LooksUpSizeLogarithms<Matrix>)
    return count_entropy_term<Number>(p, cell.log2_weight(), m.log2_total, epsilon);
  else return size_entropy_term(p, epsilon);
}

/// The sum of all weights.
template <class Team, class Matrix>
RL_HD_INLINE auto total_of(const Team& team, const Matrix& m) {
  if constexpr (requires { m.total; }) return m.total;
  else return team.template sums<1>(m.levels, [&](std::int64_t i, auto& s) { s[0] += m.by_level[i].weight; })[0];
}

template <class Number>
struct SizeMatrixSums {
  Number small_emphasis, large_emphasis, level_nonuniformity, level_nonuniformity_normalized, size_nonuniformity,
      size_nonuniformity_normalized, percentage, level_variance, size_variance, entropy, energy, low_level_emphasis,
      high_level_emphasis, small_low, small_high, large_low, large_high;
};

/// `epsilon` stands in PyRadiomics' logarithm, 0 in the standard's. The matrix must not be empty. The whole team gets the sums.
template <class Team, class Matrix>
RL_HD_INLINE auto size_matrix_sums(const Team& team, const Matrix& m, double epsilon) {
  using Number = typename Team::Number;
  const auto n = total_of(team, m);
  const auto level = team.template sums<4>(m.levels, [&](std::int64_t i, auto& s) {
    const auto of = m.by_level[i];
    const Number g = of.level, w = of.weight;
    const auto g2 = of.level_squared();
    s[0] += w * w;
    s[1] += w / g2;
    s[2] += w * g2;
    s[3] += g * (w / n);
  });
  const auto size = team.template sums<5>(m.sizes, [&](std::int64_t i, auto& s) {
    const auto of = m.by_size[i];
    const Number w = of.weight, l = of.size;
    const auto l2 = of.size_squared();
    s[0] += w * w;
    s[1] += w / l2;
    s[2] += w * l2;
    s[3] += w * l;
    s[4] += l * (w / n);
  });
  const Number mean_level = level[3], mean_size = size[4], voxels = size[3];
  const Number level_variance = team.template sums<1>(m.levels, [&](std::int64_t i, auto& s) {
    const Number d = m.by_level[i].level - mean_level;
    s[0] += m.by_level[i].weight / n * d * d;
  })[0];
  const Number size_variance = team.template sums<1>(m.sizes, [&](std::int64_t i, auto& s) {
    const Number d = m.by_size[i].size - mean_size;
    s[0] += m.by_size[i].weight / n * d * d;
  })[0];
  const auto both = team.template sums<6>(m.cells, [&](std::int64_t c, auto& s) {
    const auto cell = m.cell[c];
    const auto g2 = cell.level_squared(), s2 = cell.size_squared();
    const Number w = cell.weight;
    if constexpr (std::is_same_v<Number, double>)
      if (w == 0) return;
    const Number p = w / n;
    s[0] -= size_entropy_of(m, cell, p, epsilon);
    s[1] += w / (g2 * s2);
    s[2] += w * g2 / s2;
    s[3] += w * s2 / g2;
    s[4] += w * g2 * s2;
    s[5] += p * p;
  });
  SizeMatrixSums<Number> r;
  r.small_emphasis = size[1] / n;
  r.large_emphasis = size[2] / n;
  r.level_nonuniformity = level[0] / n;
  r.level_nonuniformity_normalized = level[0] / (n * n);
  r.size_nonuniformity = size[0] / n;
  r.size_nonuniformity_normalized = size[0] / (n * n);
  r.percentage = n / voxels;
  r.level_variance = level_variance;
  r.size_variance = size_variance;
  r.entropy = both[0];
  r.energy = both[5];
  r.low_level_emphasis = level[1] / n;
  r.high_level_emphasis = level[2] / n;
  r.small_low = both[1] / n;
  r.small_high = both[2] / n;
  r.large_low = both[3] / n;
  r.large_high = both[4] / n;
  return r;
}

}  // namespace radloom
