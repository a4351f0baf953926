#include "families/glszm/count.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace radloom::glszm {
namespace {

/// A run of one gray level along a row.
struct Run {
  std::int32_t first, last;  ///< x, inclusive
  std::int32_t level;
};

/// Disjoint sets of runs; the smaller index is the root, so every root comes before its members.
class Sets {
 public:
  std::uint32_t add() {
    parent_.push_back(std::uint32_t(parent_.size()));
    return parent_.back();
  }
  std::uint32_t root(std::uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    if (a < b) parent_[b] = a;
    else parent_[a] = b;
  }

 private:
  std::vector<std::uint32_t> parent_;
};

/// Joins the runs of two rows that touch and have one level. `reach` is 1 where a step along x may go with the step between
/// the rows, else 0.
void join_rows(const std::vector<Run>& runs, std::array<std::uint32_t, 2> a, std::array<std::uint32_t, 2> b, int reach, Sets& sets) {
  const auto meet = [&](std::uint32_t i, std::uint32_t j) {
    const Run &p = runs[i], &q = runs[j];
    if (p.level == q.level && p.first <= q.last + reach && q.first <= p.last + reach) sets.join(i, j);
  };
  while (a[0] < a[1] && b[0] < b[1]) {
    meet(a[0], b[0]);
    // The run that ends first touches nothing further; of two that end together each may touch the other's successor.
    const auto p = runs[a[0]].last, q = runs[b[0]].last;
    if (p == q && a[0] + 1 < a[1]) meet(a[0] + 1, b[0]);
    if (p < q) ++a[0];
    else ++b[0];
  }
}

template <class T>
std::vector<Matrices::Cell> count_in(const LevelGrid<T>& grid, const Settings& s) {
  const auto& n = grid.size();
  const int flat = s.force_2d ? 2 - s.force_2d_dimension : -1;  // the axis (0 = x) that zones do not cross
  const bool along[3] = {flat != 0, flat != 1, flat != 2};
  const int reach = along[0];

  std::vector<Run> runs;
  Sets sets;
  std::vector<std::array<std::uint32_t, 2>> rows(n[1] * n[2] + 1);  // runs [first, last) of each row
  for (std::int64_t z = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      const T* const row = grid.row(y, z);
      auto& here = rows[z * n[1] + y];
      here[0] = std::uint32_t(runs.size());
      for (std::int32_t x = begin; x < end;) {
        const std::int32_t first = x;
        const T level = row[x++];
        if (level == 0) continue;
        while (along[0] && x < end && row[x] == level) ++x;
        runs.push_back({first, x - 1, std::int32_t(level)});
        sets.add();
      }
      here[1] = std::uint32_t(runs.size());
      if (here[0] == here[1]) continue;
      const auto with = [&](std::int64_t j, std::int64_t k) {
        if (j >= 0 && j < n[1] && k >= 0) join_rows(runs, here, rows[k * n[1] + j], reach, sets);
      };
      if (along[1]) with(y - 1, z);
      if (along[2]) {
        with(y, z - 1);
        if (along[1]) {
          with(y - 1, z - 1);
          with(y + 1, z - 1);
        }
      }
    }

  std::vector<std::int64_t> size(runs.size());
  for (std::uint32_t r = 0; r < runs.size(); ++r) size[sets.root(r)] += runs[r].last - runs[r].first + 1;
  std::vector<std::pair<std::int32_t, std::int64_t>> zones;
  for (std::size_t r = 0; r < runs.size(); ++r)
    if (size[r]) zones.push_back({runs[r].level, size[r]});
  std::sort(zones.begin(), zones.end());
  std::vector<Matrices::Cell> cells;
  for (const auto& [level, voxels] : zones) {
    if (cells.empty() || cells.back().level != level || cells.back().size != voxels) cells.push_back({level, voxels, 0});
    ++cells.back().count;
  }
  return cells;
}

}  // namespace

std::vector<Matrices::Cell> count_zones(const Discretised& levels, const Settings& settings) {
  return std::visit([&](const auto& grid) { return count_in(grid, settings); }, levels.grid);
}

}  // namespace radloom::glszm
