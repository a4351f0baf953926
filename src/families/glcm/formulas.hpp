#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"

namespace radloom::glcm {

/// One cell of a co-occurrence matrix: how often (or with what weight) gray level `row` has a neighbour of `column`.
struct Cell {
  std::int32_t row, column;  ///< ranks of gray levels, 0 .. levels - 1
  double weight;             ///< > 0
};

/// A co-occurrence matrix of one direction, or merged over directions; only cells that are not zero, ordered by row.
struct View {
  const Cell* cell;
  std::int64_t cells;              ///< > 0
  const std::int32_t* gray_level;  ///< of each rank, ascending
  int levels;                      ///< ranks: gray levels present in the region
  int highest_level;               ///< N_g
};

/// Room the formulas need: probabilities of rows, columns, sums and differences of gray levels.
struct Scratch {
  double* row;         ///< levels
  double* column;      ///< levels
  double* sum;         ///< 2 * highest_level + 1
  double* difference;  ///< highest_level
};

/// p log2(p + epsilon); PyRadiomics adds numpy.spacing(1), the standard nothing. 0 where p is 0.
RL_HD inline double entropy_term(double p, double epsilon) { return p > 0 ? p * log2(p + epsilon) : 0; }

/// All features of the family but MCC (IBSI 3.6), into `out[feature::glcm::...]`. One pass for the marginals, one for the
/// cells; a feature whose definition divides by zero is NaN, unless `pyradiomics` says what that engine returns.
RL_HD inline void compute(const View& m, const Scratch& s, bool pyradiomics, double* out) {
  namespace f = feature::glcm;
  const double epsilon = pyradiomics ? 0x1p-52 : 0.0;
  for (int i = 0; i < m.levels; ++i) s.row[i] = s.column[i] = 0;
  for (int k = 0; k <= 2 * m.highest_level; ++k) s.sum[k] = 0;
  for (int k = 0; k < m.highest_level; ++k) s.difference[k] = 0;

  double total = 0;
  for (std::int64_t c = 0; c < m.cells; ++c) {
    const auto [row, column, w] = m.cell[c];
    const int i = m.gray_level[row], j = m.gray_level[column];
    total += w;
    s.row[row] += w;
    s.column[column] += w;
    s.sum[i + j] += w;
    s.difference[i < j ? j - i : i - j] += w;
  }
  double mean_row = 0, mean_column = 0, entropy_row = 0, entropy_column = 0, independent = 0;
  double rows = 0, columns = 0;
  for (int i = 0; i < m.levels; ++i) {
    s.row[i] /= total;
    s.column[i] /= total;
    mean_row += m.gray_level[i] * s.row[i];
    mean_column += m.gray_level[i] * s.column[i];
    entropy_row -= entropy_term(s.row[i], epsilon);
    entropy_column -= entropy_term(s.column[i], epsilon);
    independent -= entropy_term(s.row[i], 0) + entropy_term(s.column[i], 0);
    rows += s.row[i] > 0;
    columns += s.column[i] > 0;
  }
  double variance_row = 0, variance_column = 0;
  for (int i = 0; i < m.levels; ++i) {
    const double di = m.gray_level[i] - mean_row, dj = m.gray_level[i] - mean_column;
    variance_row += s.row[i] * di * di;
    variance_column += s.column[i] * dj * dj;
  }

  double autocorrelation = 0, covariance = 0, energy = 0, entropy = 0, cross_entropy = 0, maximum = 0;
  for (std::int64_t c = 0; c < m.cells; ++c) {
    const auto [row, column, w] = m.cell[c];
    const double i = m.gray_level[row], j = m.gray_level[column], p = w / total;
    autocorrelation += p * i * j;
    covariance += p * (i - mean_row) * (j - mean_column);
    energy += p * p;
    entropy -= entropy_term(p, epsilon);
    cross_entropy -= p * log2(s.row[row] * s.column[column] + epsilon);
    if (p > maximum) maximum = p;
  }

  double sum_average = 0, sum_entropy = 0;
  for (int k = 2; k <= 2 * m.highest_level; ++k) {
    s.sum[k] /= total;
    sum_average += k * s.sum[k];
    sum_entropy -= entropy_term(s.sum[k], epsilon);
  }
  double prominence = 0, shade = 0, tendency = 0;
  for (int k = 2; k <= 2 * m.highest_level; ++k) {
    const double d = k - mean_row - mean_column;
    tendency += s.sum[k] * d * d;
    shade += s.sum[k] * d * d * d;
    prominence += s.sum[k] * d * d * d * d;
  }

  double contrast = 0, difference_average = 0, difference_entropy = 0, inverse_variance = 0;
  double id = 0, idm = 0, idn = 0, idmn = 0;
  const double n = m.highest_level;
  for (int k = 0; k < m.highest_level; ++k) {
    const double p = s.difference[k] /= total, kk = double(k) * k;
    contrast += kk * p;
    difference_average += k * p;
    difference_entropy -= entropy_term(p, epsilon);
    if (k > 0) inverse_variance += p / kk;
    id += p / (1 + k);
    idm += p / (1 + kk);
    idn += p / (1 + k / n);
    idmn += p / (1 + kk / (n * n));
  }
  double difference_variance = 0;
  for (int k = 0; k < m.highest_level; ++k) {
    const double d = k - difference_average;
    difference_variance += s.difference[k] * d * d;
  }

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
  out[f::maximum_probability] = maximum;
  out[f::sum_average] = sum_average;
  out[f::sum_entropy] = sum_entropy;
  out[f::sum_squares] = variance_row;
}

}  // namespace radloom::glcm
