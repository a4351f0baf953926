#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
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

/// The same of counts whose terms with logarithms are looked up (see LogTables), which a matrix of few pairs takes most of its time for.
template <class Cells, class Levels>
struct TabledView : ListedView<Cells, Levels> {
  const double* entropy;        ///< by count: entropy_term with the convention's epsilon
  const double* exact_entropy;  ///< the same without
  const double* log_product;    ///< by row count, then column count, `stride` apart: log2(p_i p_j + epsilon)
  std::int64_t stride;
  const std::int32_t* row_count;     ///< by rank
  const std::int32_t* column_count;  ///< by rank
};
template <class Matrix>
concept HasLogTables = requires(const Matrix& m) {
  m.log_product;
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
  RL_HD std::int64_t sum(std::int64_t at) const {
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
  RL_HD std::int64_t difference(std::int64_t at) const {
    if constexpr (ListsLevels<Matrix>) return m.difference_level[at];
    else return at;
  }
};

/// p log2(p + epsilon); PyRadiomics adds numpy.spacing(1), the standard nothing. 0 where p is 0.
RL_HD inline double entropy_term(double p, double epsilon) { return p > 0 ? p * log2(p + epsilon) : 0; }

/// entropy_term of a weight, whose probability is p.
template <class Matrix>
RL_HD double entropy_of(const Matrix& m, double weight, double p, double epsilon) {
  if constexpr (HasLogTables<Matrix>) return m.entropy[int(weight)];
  else return entropy_term(p, epsilon);
}
template <class Matrix>
RL_HD double exact_entropy_of(const Matrix& m, double weight, double p) {
  if constexpr (HasLogTables<Matrix>) return m.exact_entropy[int(weight)];
  else return entropy_term(p, 0);
}

/// All features of the family but MCC (IBSI 3.6), into `out[feature::glcm::...]`; MCC is left as it is. Three passes over the cells'
/// marginals and two over the cells; a feature whose definition divides by zero is NaN, unless `pyradiomics` says what that engine returns.
template <class Team, class Matrix, class V, class Out>
RL_HD void compute(const Team& team, const Matrix& m, const Marginals<V>& s, bool pyradiomics, const Out& out) {
  namespace f = feature::glcm;
  const double epsilon = pyradiomics ? 0x1p-52 : 0.0;
  const double total = m.total;

  const auto mean = team.template sums<7>(m.levels, [&](std::int64_t i, auto& t) {
    const double row_weight = s.row[i], column_weight = s.column[i];
    const double row = row_weight / total, column = column_weight / total;
    s.row[i] = row;
    s.column[i] = column;
    t[0] += m.gray_level[i] * row;
    t[1] += m.gray_level[i] * column;
    t[2] -= entropy_of(m, row_weight, row, epsilon);
    t[3] -= entropy_of(m, column_weight, column, epsilon);
    t[4] -= exact_entropy_of(m, row_weight, row) + exact_entropy_of(m, column_weight, column);
    t[5] += row > 0;
    t[6] += column > 0;
  });
  const double mean_row = mean[0], mean_column = mean[1], entropy_row = mean[2], entropy_column = mean[3],
               independent = mean[4], rows = mean[5], columns = mean[6];
  const auto variance = team.template sums<2>(m.levels, [&](std::int64_t i, auto& t) {
    const double di = m.gray_level[i] - mean_row, dj = m.gray_level[i] - mean_column;
    t[0] += s.row[i] * di * di;
    t[1] += s.column[i] * dj * dj;
  });
  const double variance_row = variance[0], variance_column = variance[1];

  const auto joint = team.template sums<5>(m.cells, [&](std::int64_t c, auto& t) {
    const Cell cell = m.cell[c];
    if (cell.weight == 0) return;
    const double i = m.gray_level[cell.row], j = m.gray_level[cell.column], p = cell.weight / total;
    t[0] += p * i * j;
    t[1] += p * (i - mean_row) * (j - mean_column);
    t[2] += p * p;
    t[3] -= entropy_of(m, cell.weight, p, epsilon);
    if constexpr (HasLogTables<Matrix>)
      t[4] -= p * m.log_product[m.row_count[cell.row] * m.stride + m.column_count[cell.column]];
    else t[4] -= p * log2(s.row[cell.row] * s.column[cell.column] + epsilon);
  });
  const double autocorrelation = joint[0], covariance = joint[1], energy = joint[2], entropy = joint[3],
               cross_entropy = joint[4];

  const SumsOf<Matrix> of_sums{m};
  const auto sum = team.template sums<2>(of_sums.size(), [&](std::int64_t at, auto& t) {
    const std::int64_t k = of_sums.sum(at), place = of_sums.place(at);
    const double weight = s.sum[place], p = weight / total;
    s.sum[place] = p;
    t[0] += k * p;
    t[1] -= entropy_of(m, weight, p, epsilon);
  });
  const double sum_average = sum[0], sum_entropy = sum[1];
  const auto cluster = team.template sums<3>(of_sums.size(), [&](std::int64_t at, auto& t) {
    const std::int64_t k = of_sums.sum(at);
    const double p = s.sum[of_sums.place(at)], d = k - mean_row - mean_column;
    t[0] += p * d * d;
    t[1] += p * d * d * d;
    t[2] += p * d * d * d * d;
  });
  const double tendency = cluster[0], shade = cluster[1], prominence = cluster[2];

  const double n = m.highest_level;
  const DifferencesOf<Matrix> of_differences{m};
  const auto difference = team.template sums<8>(of_differences.size(), [&](std::int64_t at, auto& t) {
    const std::int64_t k = of_differences.difference(at);
    const double weight = s.difference[at], p = weight / total, kk = double(k) * k;
    s.difference[at] = p;
    t[0] += kk * p;
    t[1] += k * p;
    t[2] -= entropy_of(m, weight, p, epsilon);
    if (k > 0) t[3] += p / kk;
    t[4] += p / (1 + k);
    t[5] += p / (1 + kk);
    t[6] += p / (1 + k / n);
    t[7] += p / (1 + kk / (n * n));
  });
  const double contrast = difference[0], difference_average = difference[1], difference_entropy = difference[2],
               inverse_variance = difference[3], id = difference[4], idm = difference[5], idn = difference[6],
               idmn = difference[7];
  const double difference_variance = team.template sums<1>(of_differences.size(), [&](std::int64_t at, auto& t) {
    const double d = of_differences.difference(at) - difference_average;
    t[0] += s.difference[at] * d * d;
  })[0];

  // Correlation and the information measures divide by what one gray level makes zero.
  const double deviations = sqrt(variance_row) * sqrt(variance_column);
  const double undefined = NAN;
  const double correlation = deviations == 0 ? (pyradiomics ? 1.0 : undefined) : covariance / (deviations + epsilon);
  const double largest = entropy_row > entropy_column ? entropy_row : entropy_column;
  const double imc1 = largest == 0 ? (pyradiomics ? 0.0 : undefined) : (entropy - cross_entropy) / largest;
  // HXY2 = -sum p_i p_j log2(p_i p_j + epsilon) over all pairs is HX + HY but for epsilon, whose first-order share is
  // epsilon / ln 2 a pair; what is left out is below epsilon^2 / (p_i p_j), under 1e-15 a pair up to 1e8 voxels.
  const double ln2 = 0.69314718055994530942;
  const double information = independent - rows * columns * epsilon / ln2 - entropy;
  const double imc2 = information > 0 ? sqrt(-expm1(-2 * information)) : 0.0;

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
