#pragma once
#include <algorithm>
#include <vector>

#include "backend/matrices.hpp"
#include "families/common/size_matrix.hpp"

namespace radloom {

/// A counted size matrix with its marginals, as the formulas want it.
class SizeMatrix {
 public:
  /// Adds cells that are ordered by level, then size, each with `weight`.
  void add(const std::vector<Matrices::Cell>& cells, double weight) {
    for (const auto& c : cells)
      if (weight > 0) cells_.push_back({double(c.level), double(c.size), weight * double(c.count)});
  }
  bool empty() const { return cells_.empty(); }

  /// The matrix; the view lives as long as this object and its cells stay as they are.
  SizeMatrixView view() {
    const auto merge = [](std::vector<SizeMatrixView::Cell>& v, auto&& key) {
      std::stable_sort(v.begin(), v.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
      std::size_t n = 0;
      for (std::size_t i = 0; i < v.size(); ++i) {
        if (n > 0 && key(v[n - 1]) == key(v[i])) v[n - 1].weight += v[i].weight;
        else v[n++] = v[i];
      }
      v.resize(n);
    };
    merge(cells_, [](const auto& c) { return std::pair(c.level, c.size); });
    by_level_ = by_size_ = cells_;
    merge(by_level_, [](const auto& c) { return c.level; });
    merge(by_size_, [](const auto& c) { return c.size; });
    return {cells_.data(), std::int64_t(cells_.size()), by_level_.data(), std::int64_t(by_level_.size()),
        by_size_.data(), std::int64_t(by_size_.size())};
  }

 private:
  std::vector<SizeMatrixView::Cell> cells_, by_level_, by_size_;
};

}  // namespace radloom
