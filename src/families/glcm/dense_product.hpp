#pragma once
#include <vector>

#include "families/glcm/formulas.hpp"

namespace radloom::glcm {

/// Multiplies a matrix that has few empty cells (see maximal_correlation). It holds p_ik / (p_i p_k + epsilon) alone, from which p_ik comes back by
/// a multiplication: half of the memory, which is what limits a product.
class DenseProduct {
 public:
  static constexpr int lanes = 8;  ///< a and b have room for a multiple of it

  /// `cells`: probabilities; `p`: their marginals, which must outlive this.
  DenseProduct(const std::vector<Cell>& cells, const Marginals<double*>& p, int levels);
  void down(const double* v, const double* root, const double* inverse, double* a, double* b) const;
  void up(const double* a, const double* b, const double* root, const double* inverse, double* image) const;

 private:
  int levels_, width_;
  const double* row_;
  std::vector<double> over_marginals_;  ///< rows of `width_`, a multiple of eight
  std::vector<double> column_;          ///< marginals, as wide
};

}  // namespace radloom::glcm
