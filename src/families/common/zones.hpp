#pragma once
// What GLSZM and GLDZM share: the zones of a region, each with a value, by runs and slices.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "backend/matrices.hpp"
#include "core/level_grid.hpp"
#include "radloom/config.hpp"

namespace radloom::zones {

/// A run of one gray level along a row, and the set it belongs to.
struct Run {
  std::int32_t first, last;  ///< x, inclusive
  std::int32_t level;
  std::uint32_t set;
};

/// Counts zones by level and size, or whatever else they are told apart by, as they are completed: small ones in a table, the others in
/// a list.
class Zones {
 public:
  explicit Zones(std::int32_t highest) : small_((highest + 1) * small_sizes) {}
  void add(std::int32_t level, std::int64_t size) {
    if (size < small_sizes) ++small_[level * small_sizes + size];
    else large_.emplace_back(level, size);
  }
  std::vector<Matrices::Cell> cells() {
    std::sort(large_.begin(), large_.end());
    std::vector<Matrices::Cell> cells;
    auto next = large_.begin();
    for (std::int32_t level = 0; level < std::int32_t(small_.size() / small_sizes); ++level) {
      for (std::int64_t size = 1; size < small_sizes; ++size)
        if (const auto count = small_[level * small_sizes + size]) cells.push_back({level, size, count});
      for (; next != large_.end() && next->first == level; ++next) {
        if (cells.empty() || cells.back().level != level || cells.back().size != next->second)
          cells.push_back({level, next->second, 0});
        ++cells.back().count;
      }
    }
    return cells;
  }

 private:
  static constexpr std::int64_t small_sizes = 64;
  std::vector<std::uint64_t> small_;  ///< [level][size]
  std::vector<std::pair<std::int32_t, std::int64_t>> large_;
};

/// Disjoint sets of runs that touch and share a level. Only sets that reach the last slice read are kept; the others are whole.
/// `merge(a, b)` is the value of a set made of two.
template <class Merge>
class Sets {
 public:
  explicit Sets(const Merge& merge) : merge_(merge) {}
  std::uint32_t add(std::int32_t level, std::int64_t value) {
    sets_.push_back({std::uint32_t(sets_.size()), level, value});
    return std::uint32_t(sets_.size() - 1);
  }
  void join(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    if (a == b) return;
    if (b < a) std::swap(a, b);  // the smaller number is the root
    sets_[b].parent = a;
    sets_[a].value = merge_(sets_[a].value, sets_[b].value);
  }
  /// Keeps the sets of the runs of a slice, renumbers them, and hands the others over as zones.
  void close_slice(std::vector<Run>& slice, Zones& zones) {
    constexpr std::uint32_t none = ~0u;
    number_.assign(sets_.size(), none);
    kept_.clear();
    for (auto& run : slice) {
      const auto r = root(run.set);
      if (number_[r] == none) {
        number_[r] = std::uint32_t(kept_.size());
        kept_.push_back({number_[r], sets_[r].level, sets_[r].value});
      }
      run.set = number_[r];
    }
    for (std::uint32_t s = 0; s < sets_.size(); ++s)
      if (sets_[s].parent == s && number_[s] == none) zones.add(sets_[s].level, sets_[s].value);
    sets_.swap(kept_);
  }

 private:
  struct Set {
    std::uint32_t parent;
    std::int32_t level;
    std::int64_t value;  ///< of a root
  };
  std::uint32_t root(std::uint32_t i) {
    while (sets_[i].parent != i) i = sets_[i].parent = sets_[sets_[i].parent].parent;
    return i;
  }
  const Merge& merge_;
  std::vector<Set> sets_, kept_;
  std::vector<std::uint32_t> number_;
};

/// The runs of a slice, row by row.
struct Slice {
  std::vector<Run> runs;
  std::vector<std::array<std::size_t, 2>> rows;  ///< runs [first, last) of each row
};

/// Joins the runs of two rows that touch and have one level. `reach` is 1 where a step along x may go with the step between
/// the rows, else 0.
template <class Merge>
void join_rows(const Run* a, const Run* a_end, const Run* b, const Run* b_end, int reach, Sets<Merge>& sets) {
  const auto meet = [&](const Run& p, const Run& q) {
    if (p.level == q.level && p.first <= q.last + reach && q.first <= p.last + reach) sets.join(p.set, q.set);
  };
  while (a < a_end && b < b_end) {
    meet(*a, *b);
    // The run that ends first touches nothing further; of two that end together each may touch the other's successor.
    if (a->last == b->last && a + 1 < a_end) meet(a[1], *b);
    if (a->last < b->last) ++a;
    else ++b;
  }
}

/// Zones: connected voxels of one gray level (26 neighbours, or the 8 of a plane in a 2D run), by level, then value.
/// `value(x, last, y, z)` is that of the voxels [x, last] of a row, `merge` that of two parts of a zone.
template <class T, class Value, class Merge>
std::vector<Matrices::Cell> count_zones_in(
    const LevelGrid<T>& grid, std::int32_t highest, const Settings& s, const Value& value, const Merge& merge) {
  const auto& n = grid.size();
  const int flat = s.force_2d ? 2 - s.force_2d_dimension : -1;  // the axis (0 = x) that zones do not cross
  const bool along[3] = {flat != 0, flat != 1, flat != 2};
  const int reach = along[0];

  Zones zones(highest);
  Sets<Merge> sets(merge);
  Slice here, before;
  here.rows.resize(n[1]);
  before.rows.resize(n[1]);
  for (std::int64_t z = 0; z < n[2]; ++z) {
    here.runs.clear();
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      const T* const row = grid.row(y, z);
      auto& span = here.rows[y];
      span[0] = here.runs.size();
      for (std::int32_t x = begin; x < end;) {
        const std::int32_t first = x;
        const T level = row[x++];
        if (level == 0) continue;
        while (along[0] && x < end && row[x] == level) ++x;
        here.runs.push_back(
            {first, x - 1, std::int32_t(level), sets.add(std::int32_t(level), value(first, x - 1, y, z))});
      }
      span[1] = here.runs.size();
      const auto with = [&](const Slice& other, std::int64_t j) {
        if (j < 0 || j >= n[1]) return;
        const Run *a = here.runs.data(), *b = other.runs.data();
        join_rows(a + span[0], a + span[1], b + other.rows[j][0], b + other.rows[j][1], reach, sets);
      };
      if (along[1]) with(here, y - 1);
      if (along[2] && z > 0)
        for (std::int64_t j = along[1] ? y - 1 : y; j <= (along[1] ? y + 1 : y); ++j) with(before, j);
    }
    sets.close_slice(here.runs, zones);
    std::swap(here, before);
  }
  before.runs.clear();
  sets.close_slice(before.runs, zones);
  return zones.cells();
}

}  // namespace radloom::zones
