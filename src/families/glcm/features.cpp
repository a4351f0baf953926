#include "families/glcm/features.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "families/common/direction_features.hpp"
#include "families/glcm/dense_product.hpp"
#include "families/glcm/formulas.hpp"
#include "families/glcm/maximal_correlation.hpp"

namespace radloom::glcm {
namespace {

/// Sums weighted cells that lie in any order, with their mirror images where the matrix is symmetric.
class Sum {
 public:
  Sum(int levels, bool symmetric) : levels_(levels), symmetric_(symmetric), dense_(levels <= 1024) {
    if (dense_) cells_.resize(std::size_t(levels) * levels);
  }
  void add(const PairCount& p, double weight) {
    put(p.row, p.column, weight * double(p.count));
    if (symmetric_) put(p.column, p.row, weight * double(p.count));
  }
  /// The cells that are not zero, by row, then column.
  std::vector<Cell> cells() {
    std::vector<Cell> out;
    if (dense_) {
      for (std::int32_t i = 0; i < levels_; ++i)
        for (std::int32_t j = 0; j < levels_; ++j)
          if (const double w = cells_[std::size_t(i) * levels_ + j]; w > 0) out.push_back({i, j, w});
      return out;
    }
    std::stable_sort(sparse_.begin(), sparse_.end(),
        [](const Cell& a, const Cell& b) { return std::pair(a.row, a.column) < std::pair(b.row, b.column); });
    for (const auto& c : sparse_) {
      if (!out.empty() && out.back().row == c.row && out.back().column == c.column) out.back().weight += c.weight;
      else if (c.weight > 0) out.push_back(c);
    }
    return out;
  }

 private:
  void put(std::int32_t row, std::int32_t column, double w) {
    if (dense_) cells_[std::size_t(row) * levels_ + column] += w;
    else sparse_.push_back({row, column, w});
  }
  int levels_;
  bool symmetric_, dense_;
  std::vector<double> cells_;
  std::vector<Cell> sparse_;
};

/// Multiplies cells that lie by row (see maximal_correlation).
struct Product {
  const std::vector<Cell>& cells;             ///< weights are probabilities
  const std::vector<double>& over_marginals;  ///< of each cell, its probability over those of its row and column
  int levels;

  void down(const double* v, const double* root, const double* inverse, double* a, double* b) const {
    std::fill(a, a + levels, 0);
    std::fill(b, b + levels, 0);
    for (std::size_t c = 0; c < cells.size();) {
      const auto row = cells[c].row;
      const double x = inverse[row] * v[row], y = root[row] * v[row];
      for (; c < cells.size() && cells[c].row == row; ++c) {
        a[cells[c].column] += cells[c].weight * x;
        b[cells[c].column] += over_marginals[c] * y;
      }
    }
  }
  void up(const double* a, const double* b, const double* root, const double* inverse, double* image) const {
    std::fill(image, image + levels, 0);
    for (std::size_t c = 0; c < cells.size();) {
      const auto row = cells[c].row;
      double x = 0, y = 0;
      for (; c < cells.size() && cells[c].row == row; ++c) {
        x += over_marginals[c] * a[cells[c].column];
        y += cells[c].weight * b[cells[c].column];
      }
      image[row] = (root[row] * x + inverse[row] * y) / 2;
    }
  }
};

double correlation(std::vector<Cell>& cells, double total, const Marginals<double*>& p, const Request& r) {
  const auto n = std::int64_t(r.gray_levels.size());
  for (auto& c : cells) c.weight /= total;
  const int steps = correlation_steps(int(n));
  const std::int64_t size = (n + DenseProduct::lanes - 1) / DenseProduct::lanes * DenseProduct::lanes;
  std::vector<double> room(correlation_vectors * size + correlation_coefficients * steps);
  double* at = room.data();
  const auto take = [&](std::int64_t of) { return std::exchange(at, at + of); };
  const CorrelationScratch<double*> scratch{take(size), take(size), take(size), take(size), take(size), take(size),
      take(size), take(size), take(size), take(steps), take(steps), take(steps), take(steps), steps};
  const auto by = [&](const auto& product) {
    return maximal_correlation(SerialTeam{}, int(n), r.gray_levels.data(), p.row, product, scratch);
  };
  // A cell of a list costs as much as six of a matrix that is gone through whole.
  if (6 * std::int64_t(cells.size()) > n * n) return by(DenseProduct(cells, p, int(n)));
  std::vector<double> over_marginals(cells.size());
  for (std::size_t c = 0; c < cells.size(); ++c)
    over_marginals[c] = cells[c].weight / (p.row[cells[c].row] * p.column[cells[c].column] + correlation_epsilon);
  return by(Product{cells, over_marginals, int(n)});
}

std::vector<double> features_of(std::vector<Cell> cells, const Request& r) {
  if (cells.empty()) return {};
  const int n = int(r.gray_levels.size()), highest = r.gray_levels.back();
  std::vector<double> room(2 * n + 3 * highest + 1), out(feature::glcm::count, NAN);
  const Marginals<double*> marginals{
      room.data(), room.data() + n, room.data() + 2 * n, room.data() + 2 * n + 2 * highest + 1};
  double total = 0, largest = 0;
  for (const auto& [row, column, w] : cells) {
    const int i = r.gray_levels[row], j = r.gray_levels[column];
    total += w;
    largest = std::max(largest, w);
    marginals.row[row] += w;
    marginals.column[column] += w;
    marginals.sum[i + j] += w;
    marginals.difference[i < j ? j - i : i - j] += w;
  }
  const View<const Cell*, const std::int32_t*> view{
      cells.data(), std::int64_t(cells.size()), r.gray_levels.data(), n, highest, total, largest};
  compute(SerialTeam{}, view, marginals, r.pyradiomics, out.data());
  if (r.maximal_correlation) out[feature::glcm::mcc] = correlation(cells, total, marginals, r);
  return out;
}

}  // namespace

std::vector<std::vector<double>> each(const std::vector<std::vector<PairCount>>& pairs, const Request& request) {
  std::vector<std::vector<double>> values(pairs.size());
  tbb::parallel_for(std::size_t(0), pairs.size(), [&](std::size_t d) {
    if (pairs[d].empty()) return;
    Sum sum(int(request.gray_levels.size()), request.symmetric);
    for (const auto& p : pairs[d]) sum.add(p, 1);
    values[d] = features_of(sum.cells(), request);
  });
  return values;
}

std::vector<double> averaged(const std::vector<std::vector<PairCount>>& pairs, const Request& request) {
  return mean_over_directions(each(pairs, request), feature::glcm::count);
}

std::vector<double> direction_weights(
    const std::vector<Offset>& offsets, const std::array<double, 3>& spacing_mm, WeightingNorm norm) {
  std::vector<double> weights;
  const bool weighted = norm != WeightingNorm::no_weighting && norm != WeightingNorm::per_direction;
  for (const auto& o : offsets) {
    const double length = step_length(o, spacing_mm, norm);
    weights.push_back(weighted ? std::exp(-(length * length)) : 1);
  }
  return weights;
}

std::vector<double> merged(const std::vector<std::vector<PairCount>>& pairs, const std::vector<Offset>& offsets,
    WeightingNorm norm, const Request& request) {
  return merged(pairs, direction_weights(offsets, request.spacing_mm, norm), request);
}

std::vector<double> merged(
    const std::vector<std::vector<PairCount>>& pairs, const std::vector<double>& weights, const Request& request) {
  Sum sum(int(request.gray_levels.size()), request.symmetric);
  for (std::size_t d = 0; d < pairs.size(); ++d)
    for (const auto& p : pairs[d]) sum.add(p, weights[d]);
  return mean_over_directions({features_of(sum.cells(), request)}, feature::glcm::count);
}

}  // namespace radloom::glcm
