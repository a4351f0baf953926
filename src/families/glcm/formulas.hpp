#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "core/numbers.hpp"
#include "core/team.hpp"

namespace radloom::glcm {

/// One cell of a co-occurrence matrix: how often (or with what weight) gray level `row` has a neighbour of `column`.
struct Cell {
  std::int32_t row, column;  ///< ranks of gray levels, 0 .. levels - 1
  double weight;             ///< > 0
};

/// A co-occurrence matrix of one direction, or merged over directions, in views: `cell[c]` gives a Cell, those of weight 0 count for nothing;
/// `gray_level[i]` the gray level of rank i, ascending. Who counts may number every level up to the highest, or those present alone.
template <class Cells, class Levels>
struct View {
  Cells cell;
  std::int64_t cells;  ///< > 0
  Levels gray_level;
  int levels;         ///< ranks
  int highest_level;  ///< N_g
  double total;       ///< sum of all weights, > 0
  double largest;     ///< weight
};

/// The same of a small matrix among many gray levels: it lists which sums and differences of levels occur, so that no others are walked.
/// Its marginals have one entry for each that is listed.
template <class Cells, class Levels, class Listed = const std::int32_t*>
struct ListedView : View<Cells, Levels> {
  Listed sum_level;  ///< i + j
  std::int64_t sums;
  Listed difference_level;  ///< |i - j|
  std::int64_t differences;
};
template <class Matrix>
concept ListsLevels = requires(const Matrix& m) {
  m.sum_level;
  m.difference_level;
};

/// A matrix that holds a cell and its mirror image as one: `copies(c)` is 2, or 1 on the diagonal, and weight is that of each. Its columns are its rows.
template <class Matrix>
concept Mirrored = requires(const Matrix& m) {
  m.copies(0);
};
/// A probability and its term of an entropy (`entropy_term`).
template <class Number = double>
struct Probability {
  Number p, entropy;
};
/// Counts over a small total, of which every probability was worked out before: `probability(i)` looks it up. Terms in epsilon squared are nothing then.
template <class Weights>
concept LooksUpProbabilities = requires(const Weights& weights) {
  weights.probability(0);
};

/// Marginal weights of rows, columns, sums and differences of gray levels, to be made before `compute`, which turns them into probabilities.
template <class V>
struct Marginals {
  V row;         ///< levels
  V column;      ///< levels
  V sum;         ///< 2 * highest_level + 1, by i + j
  V difference;  ///< highest_level, by |i - j|
};

/// Which sums of two gray levels a matrix has: `sums` of them, the `at`-th is `sum`, whose weight stands at `place`.
template <class Matrix>
struct SumsOf {
  const Matrix& m;
  RL_HD std::int64_t size() const {
    if constexpr (ListsLevels<Matrix>) return m.sums;
    else return 2 * m.highest_level - 1;
  }
  RL_HD auto sum(std::int64_t at) const {
    if constexpr (ListsLevels<Matrix>) return m.sum_level[at];
    else return at + 2;
  }
  RL_HD std::int64_t place(std::int64_t at) const {
    if constexpr (ListsLevels<Matrix>) return at;
    else return at + 2;
  }
};
/// The same of differences, which stand where they are listed.
template <class Matrix>
struct DifferencesOf {
  const Matrix& m;
  RL_HD std::int64_t size() const {
    if constexpr (ListsLevels<Matrix>) return m.differences;
    else return m.highest_level;
  }
  RL_HD auto difference(std::int64_t at) const {
    if constexpr (ListsLevels<Matrix>) return m.difference_level[at];
    else return at;
  }
};

/// p log2(p + epsilon); PyRadiomics adds numpy.spacing(1), the standard nothing. 0 where p is 0.
RL_HD inline double entropy_term(double p, double epsilon) { return p > 0 ? p * log2(p + epsilon) : 0; }

/// What the i-th of some weights is of the total.
template <class Number, class Weights>
RL_HD_INLINE Probability<Number> probability_of(
    const Weights& weights, std::int64_t i, const Number& total, double epsilon) {
  if constexpr (LooksUpProbabilities<Weights>) return weights.probability(i);
  else {
    const double p = weights[i] / total;
    return {p, entropy_term(p, epsilon)};
  }
}

/// All features of the family but MCC (IBSI 3.6), into `out[feature::glcm::...]`; MCC is left as it is. Three passes over the cells'
/// marginals and two over the cells; a feature whose definition divides by zero is NaN, unless `pyradiomics` says what that engine returns.
template <class Team, class Matrix, class V, class Out>
RL_HD_INLINE void compute(const Team& team, const Matrix& m, const Marginals<V>& s, bool pyradiomics, const Out& out) {
  namespace f = feature::glcm;
  using Number = typename Team::Number;
  constexpr bool mirrored = Mirrored<Matrix>, looked_up = LooksUpProbabilities<V>;
  const double epsilon = pyradiomics ? 0x1p-52 : 0.0;
  const Number total = m.total;

  const auto mean = team.template sums<6>(m.levels, [&](std::int64_t i, auto& t) {
    const Number level = m.gray_level[i];
    const Probability<Number> row = probability_of(s.row, i, total, epsilon);
    s.row[i] = row.p;
    t[0] += level * row.p;
    t[2] -= row.entropy;
    t[4] += row.p > 0;
    if constexpr (!mirrored) {
      const Probability<Number> column = probability_of(s.column, i, total, epsilon);
      s.column[i] = column.p;
      t[1] += level * column.p;
      t[3] -= column.entropy;
      t[5] += column.p > 0;
    }
  });
  const Number mean_row = mean[0], mean_column = mean[mirrored ? 0 : 1], entropy_row = mean[2],
               entropy_column = mean[mirrored ? 2 : 3], rows = mean[4], columns = mean[mirrored ? 4 : 5];
  const auto variance = team.template sums<2>(m.levels, [&](std::int64_t i, auto& t) {
    const Number di = m.gray_level[i] - mean_row;
    t[0] += s.row[i] * di * di;
    if constexpr (!mirrored) {
      const Number dj = m.gray_level[i] - mean_column;
      t[1] += s.column[i] * dj * dj;
    }
  });
  const Number variance_row = variance[0], variance_column = variance[mirrored ? 0 : 1];

  const auto joint = team.template sums<5>(m.cells, [&](std::int64_t c, auto& t) {
    const auto cell = m.cell[c];
    if constexpr (!mirrored)
      if (cell.weight == 0) return;
    Probability<Number> of_cell;
    if constexpr (looked_up) of_cell = m.cell.probability(c);
    else of_cell = probability_of(&cell.weight, 0, total, epsilon);
    const Number i = m.gray_level[cell.row], j = m.gray_level[cell.column], p = of_cell.p;
    Number copies = 1;
    if constexpr (mirrored) copies = m.copies(c);
    const Number all = copies * p;
    t[0] += all * i * j;
    t[1] += all * (i - mean_row) * (j - mean_column);
    t[2] += all * p;
    t[3] -= copies * of_cell.entropy;
    if constexpr (looked_up) t[4] += choose(p > 0, copies, Number(0));
    else t[4] -= p * log2(s.row[cell.row] * s.column[cell.column] + epsilon);
  });
  const Number autocorrelation = joint[0], covariance = joint[1], energy = joint[2], entropy = joint[3];
  // HXY1 = -sum p log2(p_i p_j + epsilon) is HX + HY but for epsilon, whose share is epsilon / ln 2 a cell where it matters, which is where p = p_i p_j.
  Number cross_entropy = joint[4];
  if constexpr (looked_up)
    cross_entropy = entropy_row + entropy_column + (rows + columns - joint[4]) * (epsilon / std::numbers::ln2);

  const SumsOf<Matrix> of_sums{m};
  const auto sum = team.template sums<2>(of_sums.size(), [&](std::int64_t at, auto& t) {
    const std::int64_t place = of_sums.place(at);
    const Probability<Number> of_sum = probability_of(s.sum, place, total, epsilon);
    s.sum[place] = of_sum.p;
    t[0] += of_sums.sum(at) * of_sum.p;
    t[1] -= of_sum.entropy;
  });
  const Number sum_average = sum[0], sum_entropy = sum[1];
  const auto cluster = team.template sums<3>(of_sums.size(), [&](std::int64_t at, auto& t) {
    const Number k = of_sums.sum(at), p = s.sum[of_sums.place(at)], d = k - mean_row - mean_column;
    t[0] += p * d * d;
    t[1] += p * d * d * d;
    t[2] += p * d * d * d * d;
  });
  const Number tendency = cluster[0], shade = cluster[1], prominence = cluster[2];

  const double n = m.highest_level;
  const DifferencesOf<Matrix> of_differences{m};
  const auto difference = team.template sums<8>(of_differences.size(), [&](std::int64_t at, auto& t) {
    const Probability<Number> of_difference = probability_of(s.difference, at, total, epsilon);
    const Number k = of_differences.difference(at), kk = k * k, p = of_difference.p;
    s.difference[at] = p;
    t[0] += kk * p;
    t[1] += k * p;
    t[2] -= of_difference.entropy;
    t[3] += choose(k > 0, p / kk, Number(0));
    t[4] += p / (1 + k);
    t[5] += p / (1 + kk);
    t[6] += n * p / (n + k);
    t[7] += n * n * p / (n * n + kk);
  });
  const Number contrast = difference[0], difference_average = difference[1], difference_entropy = difference[2],
               inverse_variance = difference[3], id = difference[4], idm = difference[5], idn = difference[6],
               idmn = difference[7];
  const Number difference_variance = team.template sums<1>(of_differences.size(), [&](std::int64_t at, auto& t) {
    const Number d = Number(of_differences.difference(at)) - difference_average;
    t[0] += s.difference[at] * d * d;
  })[0];

  // Correlation and the information measures divide by what one gray level makes zero.
  const Number deviations = sqrt(variance_row) * sqrt(variance_column);
  const Number undefined = NAN;
  const Number correlation =
      choose(deviations == 0, pyradiomics ? Number(1) : undefined, covariance / (deviations + epsilon));
  const Number largest = choose(entropy_row > entropy_column, entropy_row, entropy_column);
  const Number imc1 = choose(largest == 0, pyradiomics ? Number(0) : undefined, (entropy - cross_entropy) / largest);
  // HXY2 = -sum p_i p_j log2(p_i p_j + epsilon) over all pairs is HX + HY without epsilon, whose first-order share is
  // epsilon / ln 2 a pair; what is left out is below epsilon^2 / (p_i p_j), under 1e-15 a pair up to 1e8 voxels.
  const Number information =
      entropy_row + entropy_column + (rows + columns - rows * columns) * (epsilon / std::numbers::ln2) - entropy;
  // Less than 2^-52 of it is rounding.
  const Number imc2 = choose(information > 0x1p-52, sqrt(-expm1(Number(-2) * information)), Number(0));

  team.once([&] {
    out[f::autocorrelation] = autocorrelation;
    out[f::cluster_prominence] = prominence;
    out[f::cluster_shade] = shade;
    out[f::cluster_tendency] = tendency;
    out[f::contrast] = contrast;
    out[f::correlation] = correlation;
    out[f::difference_average] = difference_average;
    out[f::difference_entropy] = difference_entropy;
    out[f::difference_variance] = difference_variance;
    out[f::id] = id;
    out[f::idm] = idm;
    out[f::idmn] = idmn;
    out[f::idn] = idn;
    out[f::imc1] = imc1;
    out[f::imc2] = imc2;
    out[f::inverse_variance] = inverse_variance;
    out[f::joint_average] = mean_row;
    out[f::joint_energy] = energy;
    out[f::joint_entropy] = entropy;
    out[f::maximum_probability] = m.largest / total;
    out[f::sum_average] = sum_average;
    out[f::sum_entropy] = sum_entropy;
    out[f::sum_squares] = variance_row;
    out[f::dissimilarity] = difference_average;
    out[f::sum_variance] = tendency;
  });
}

}  // namespace radloom::glcm
