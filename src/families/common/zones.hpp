#pragma once
// What GLSZM and GLDZM share: the zones of a region, each with a value, by runs and slices.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "backend/matrices.hpp"
#include "core/level_grid.hpp"
#include "families/common/touching.hpp"
#include "radloom/config.hpp"

namespace radloom::zones {

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
  /// Keeps the sets of a slice's runs, renumbers them, and hands the others over as zones.
  void close_slice(std::vector<std::uint32_t>& set_of_run, Zones& zones) {
    constexpr std::uint32_t none = ~0u;
    number_.assign(sets_.size(), none);
    kept_.clear();
    for (auto& set : set_of_run) {
      const auto r = root(set);
      if (number_[r] == none) {
        number_[r] = std::uint32_t(kept_.size());
        kept_.push_back({number_[r], sets_[r].level, sets_[r].value});
      }
      set = number_[r];
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

/// The runs of a slice, each of one gray level along a row.
struct Slice {
  std::vector<std::uint32_t> set_of_run;
  std::vector<std::uint32_t> run_of;  ///< of each voxel of the region; elsewhere nothing of meaning
};

/// Zones: connected voxels of one gray level (26 neighbours, or the 8 of a plane in a 2D run), by level, then value.
/// `value(x, last, y, z)` is that of the voxels [x, last] of a row, `merge` that of two parts of a zone.
template <class T, class Value, class Merge>
std::vector<Matrices::Cell> count_zones_in(
    const LevelGrid<T>& grid, std::int32_t highest, const Settings& s, const Value& value, const Merge& merge) {
  const auto& n = grid.size();
  const int flat = s.force_2d ? 2 - s.force_2d_dimension : -1;  // the axis (0 = x) that zones do not cross
  const bool along[3] = {flat != 0, flat != 1, flat != 2};
  const auto row_length = std::size_t(n[0]);
  const std::vector<T> zeros(row_length + 2);

  Zones zones(highest);
  Sets<Merge> sets(merge);
  Slice here, before;
  here.run_of.resize(std::size_t(n[0] * n[1]));
  before.run_of.resize(here.run_of.size());
  static_assert(std::endian::native == std::endian::little);
  constexpr std::int32_t block = 8;  // codes that are looked at at once
  std::vector<std::uint8_t> code_0(row_length + block), code_1(code_0.size());
  for (std::int64_t z = 0; z < n[2]; ++z) {
    here.set_of_run.clear();
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      const T* const row = grid.row(y, z);
      const std::int64_t at = y * n[0];
      for (std::int32_t x = begin; x < end;) {
        const std::int32_t first = x;
        const T level = row[x++];
        if (level == 0) continue;
        while (along[0] && x < end && row[x] == level) ++x;
        std::fill(
            here.run_of.begin() + at + first, here.run_of.begin() + at + x, std::uint32_t(here.set_of_run.size()));
        here.set_of_run.push_back(sets.add(std::int32_t(level), value(first, x - 1, y, z)));
      }
      // Rows beyond the box are zeros, as the grid is padded.
      const bool up = along[1], back = along[2], both = up && back;
      const T* const none = zeros.data() + 1;
      const T* const beside[4] = {up ? grid.row(y - 1, z) : none, both ? grid.row(y - 1, z - 1) : none,
          back ? grid.row(y, z - 1) : none, both ? grid.row(y + 1, z - 1) : none};
      const std::int64_t at_beside[4] = {at - n[0], at - n[0], at, at + n[0]};
      find_touching(row, beside, begin, end, along[0], code_0.data(), code_1.data());
      std::memset(code_0.data() + end, 0, block);
      std::memset(code_1.data() + end, 0, block);
      for (std::int32_t x = begin; x < end; x += block) {
        std::uint64_t eight_0, eight_1;
        std::memcpy(&eight_0, code_0.data() + x, block);
        std::memcpy(&eight_1, code_1.data() + x, block);
        for (std::uint64_t eight = eight_0 | eight_1; eight != 0;) {
          const int byte = std::countr_zero(eight) / 8;
          eight &= ~(std::uint64_t(0xFF) << 8 * byte);
          const std::int32_t i = x + byte;
          for (std::uint32_t code = code_0[i] | std::uint32_t(code_1[i]) << 6; code; code &= code - 1) {
            const int bit = std::countr_zero(code), r = bit / 3;
            const Slice& other = r == 0 ? here : before;
            sets.join(
                here.set_of_run[here.run_of[at + i]], other.set_of_run[other.run_of[at_beside[r] + i + bit % 3 - 1]]);
          }
        }
      }
    }
    sets.close_slice(here.set_of_run, zones);
    std::swap(here, before);
  }
  before.set_of_run.clear();
  sets.close_slice(before.set_of_run, zones);
  return zones.cells();
}

}  // namespace radloom::zones
