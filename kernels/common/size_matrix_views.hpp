#pragma once
#include <cstdint>

#include "families/common/size_matrix.hpp"

namespace radloom {

// Size matrices that lie in ragged rows (see SizeRows), as the formulas of src/families/common/size_matrix.hpp read them. A Weight is
// called with the number of a word and gives what that word counts for.

/// One matrix.
template <class Counts>
class Counted {
 public:
  RL_HD explicit Counted(const Counts& counts) : counts_(counts) {}
  RL_HD double operator()(std::int64_t i) const { return double(counts_[i]); }

 private:
  Counts counts_;
};

/// `n` matrices that lie `stride` words apart, added with their weights in this order.
template <class Counts, class Weights>
class WeightedCounts {
 public:
  RL_HD WeightedCounts(const Counts& counts, std::int64_t stride, const Weights& weight, int n)
      : counts_(counts), stride_(stride), weight_(weight), n_(n) {}
  RL_HD double operator()(std::int64_t i) const {
    double sum = 0;
    for (int d = 0; d < n_; ++d) sum += weight_.get(d) * double(counts_[d * stride_ + i]);
    return sum;
  }

 private:
  Counts counts_;
  std::int64_t stride_;
  Weights weight_;
  int n_;
};

/// The cells.
template <class Weight, class Levels, class Ends>
class RowCells {
 public:
  RL_HD RowCells(const Weight& weight, const Levels& cell_level, const Ends& row_end)
      : weight_(weight), cell_level_(cell_level), row_end_(row_end) {}
  RL_HD SizeMatrixView::Cell operator[](std::int64_t c) const {
    const double w = weight_(c);
    if (w == 0) return {1, 1, 0};
    const std::int32_t g = cell_level_[c];
    return {double(g), double(c - row_end_[g - 1] + 1), w};
  }

 private:
  Weight weight_;
  Levels cell_level_;
  Ends row_end_;
};

/// The marginal over sizes: word g is that of level g, so entry i is level i + 1.
template <class Weight>
class LevelMarginal {
 public:
  RL_HD explicit LevelMarginal(const Weight& weight) : weight_(weight) {}
  RL_HD SizeMatrixView::Cell operator[](std::int64_t i) const { return {double(i + 1), 0, weight_(i + 1)}; }

 private:
  Weight weight_;
};

/// The marginal over levels: word i is that of size i + 1.
template <class Weight>
class SizeMarginal {
 public:
  RL_HD explicit SizeMarginal(const Weight& weight) : weight_(weight) {}
  RL_HD SizeMatrixView::Cell operator[](std::int64_t i) const { return {0, double(i + 1), weight_(i)}; }

 private:
  Weight weight_;
};

/// What `size_matrix_sums` takes.
template <class Cells, class Levels, class Sizes>
struct ViewedSizeMatrix {
  RL_HD ViewedSizeMatrix(
      const Cells& c, std::int64_t n, const Levels& l, std::int64_t n_levels, const Sizes& s, std::int64_t n_sizes)
      : cell(c), cells(n), by_level(l), levels(n_levels), by_size(s), sizes(n_sizes) {}
  Cells cell;
  std::int64_t cells;
  Levels by_level;
  std::int64_t levels;
  Sizes by_size;
  std::int64_t sizes;
};

}  // namespace radloom
