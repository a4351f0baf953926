#pragma once
#include <cstdint>

#include "families/common/size_matrix.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/span.hpp"

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

/// The counted matrices of a batch, one a region, with their marginals.
struct RowMatrices {
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const std::uint32_t> row_end;
  Span<const std::uint16_t> cell_level;
  Span<const std::uint32_t> counts, by_level, by_size;  ///< see SizeMarginals
};

/// Features of the block's region: `compute(matrix)` where it holds a voxel, else not a number, `features` of them into `out`.
template <class Exec, class Out, class Compute>
RL_HD void features_of_rows(
    Exec& exec, const RowMatrices& matrices, int features, const Out& out, const Compute& compute) {
  const LevelRegion r = exec.global(matrices.region)[exec.block()];
  const SizeRows own = exec.global(matrices.rows)[exec.block()];
  const auto end = exec.global(matrices.row_end.part(r.histogram, r.highest + 1));
  const std::int64_t cells = end[r.highest];
  if (cells == 0) {
    for (int f = exec.thread(); f < features; f += exec.threads()) out.set(f, NAN);
    return;
  }
  const RowCells cell(Counted(exec.global(matrices.counts.part(own.first_cell, own.cells))),
      exec.global(matrices.cell_level.part(own.first_cell, own.cells)), end);
  const LevelMarginal level(Counted(exec.global(matrices.by_level.part(r.histogram, r.highest + 1))));
  const SizeMarginal size(Counted(exec.global(matrices.by_size.part(own.first_size, own.longest))));
  compute(ViewedSizeMatrix(cell, cells, level, r.highest, size, own.longest));
}

}  // namespace radloom
