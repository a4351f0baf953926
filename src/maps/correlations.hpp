#pragma once
// The maximal correlation coefficients of the co-occurrence matrices of neighbourhoods.
#include <cstdint>
#include <span>
#include <vector>

#include "families/glcm/formulas.hpp"
#include "families/glcm/small_correlation.hpp"

namespace radloom::maps {

/// MCC of any matrix of a neighbourhood, one after the other. Nothing is allocated after construction.
class LargeCorrelations {
 public:
  /// Matrices have at most so many levels and cells.
  LargeCorrelations(std::size_t levels, std::size_t cells);

  /// Of a matrix of levels, some of which may be without pairs: `cells` are all that are not 0, each once, `row` and `column` its marginals, of the same weights, which
  /// are `total` together.
  double search(std::span<const glcm::Cell> cells, std::span<const std::int32_t> gray_level, const double* row,
      const double* column, double total);

 private:
  std::vector<glcm::Cell> probability_;
  std::vector<double> row_, over_marginals_, search_;
};

/// MCC of symmetric matrices several at a time where they are small, else one after the other.
class Correlations {
 public:
  Correlations(std::size_t levels, std::size_t cells);

  /// As LargeCorrelations::search; the value goes to `out`, at the latest when `solve` is called.
  void put(std::span<const glcm::Cell> cells, std::span<const std::int32_t> gray_level, const double* row,
      const double* column, double total, bool symmetric, double* out);

  /// Works out what is left.
  void solve() { small_.solve(); }

 private:
  glcm::SmallCorrelations small_;
  LargeCorrelations large_;
  std::vector<double> weight_;  ///< [row][column] of a small matrix
};

}  // namespace radloom::maps
