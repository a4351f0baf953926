#include "maps/correlations.hpp"

#include <algorithm>
#include <utility>

#include "families/glcm/maximal_correlation.hpp"

namespace radloom::maps {
namespace {

constexpr std::size_t small = glcm::SmallCorrelations::most_levels;

/// Multiplies cells in any order (see glcm::maximal_correlation).
struct Product {
  std::span<const glcm::Cell> cells;  ///< weights are probabilities
  const double* over_marginals;       ///< of each cell, its probability over those of its row and column
  std::size_t levels;

  void down(const double* v, const double* root, const double* inverse, double* a, double* b) const {
    std::fill_n(a, levels, 0.0);
    std::fill_n(b, levels, 0.0);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      a[cells[c].column] += cells[c].weight * inverse[cells[c].row] * v[cells[c].row];
      b[cells[c].column] += over_marginals[c] * root[cells[c].row] * v[cells[c].row];
    }
  }
  void up(const double* a, const double* b, const double* root, const double* inverse, double* image) const {
    std::fill_n(image, levels, 0.0);
    for (std::size_t c = 0; c < cells.size(); ++c)
      image[cells[c].row] += (root[cells[c].row] * over_marginals[c] * a[cells[c].column] +
                                 inverse[cells[c].row] * cells[c].weight * b[cells[c].column]) /
                             2;
  }
};

}  // namespace

LargeCorrelations::LargeCorrelations(std::size_t levels, std::size_t cells)
    : probability_(cells), row_(levels), over_marginals_(cells),
      search_(glcm::correlation_vectors * levels +
              std::size_t(glcm::correlation_coefficients * glcm::correlation_steps(int(levels)))) {}

Correlations::Correlations(std::size_t levels, std::size_t cells) : large_(levels, cells), weight_(small * small) {}

void Correlations::put(std::span<const glcm::Cell> cells, std::span<const std::int32_t> gray_level, const double* row,
    const double* column, double total, bool symmetric, double* out) {
  const std::size_t n = gray_level.size();
  if (n < 2) {
    *out = 0;
    return;
  }
  if (!symmetric || n > small) {
    *out = large_.search(cells, gray_level, row, column, total);
    return;
  }
  std::uint32_t met[small];
  std::fill_n(met, n, 0u);
  std::fill_n(weight_.begin(), n * n, 0.0);
  for (const auto& cell : cells) {
    met[cell.row] |= 1u << cell.column;
    weight_[std::size_t(cell.row) * n + std::size_t(cell.column)] = cell.weight;
  }
  small_.put(
      int(n), met, row, [&](int i, int j) { return weight_[std::size_t(i) * n + std::size_t(j)]; }, out);
}

double LargeCorrelations::search(std::span<const glcm::Cell> cells, std::span<const std::int32_t> gray_level,
    const double* row, const double* column, double total) {
  const int n = int(gray_level.size());
  for (std::size_t i = 0; i < gray_level.size(); ++i) row_[i] = row[i] / total;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto& cell = cells[c];
    const double p = cell.weight / total;
    probability_[c] = {cell.row, cell.column, p};
    over_marginals_[c] = p / (row_[std::size_t(cell.row)] * (column[cell.column] / total) + glcm::correlation_epsilon);
  }
  double* at = search_.data();
  const auto take = [&](int size) { return std::exchange(at, at + size); };
  const int steps = glcm::correlation_steps(n);
  const glcm::CorrelationScratch<double*> scratch{take(n), take(n), take(n), take(n), take(n), take(n), take(n),
      take(n), take(n), take(steps), take(steps), take(steps), take(steps), steps};
  return glcm::maximal_correlation(SerialTeam{}, n, gray_level.data(), row_.data(),
      Product{{probability_.data(), cells.size()}, over_marginals_.data(), gray_level.size()}, scratch);
}

}  // namespace radloom::maps
