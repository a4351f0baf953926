#pragma once
// What GLSZM and GLDZM share: the zones of a region, each with a value, by runs and slices.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "backend/matrices.hpp"
#include "core/bit_mask.hpp"
#include "core/level_grid.hpp"
#include "families/common/touching.hpp"
#include "radloom/config.hpp"

namespace radloom::zones {

/// Counts zones by level and size, or whatever else they are told apart by, as they are completed: small ones in a table, the others in
/// a list. Zones of size 0 are none.
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

/// Disjoint sets of runs that touch and share a level. Set 0 is of no level: where there is no run, or one that is in no set yet.
/// `merge(a, b)` is the value of a set made of two, `nothing` that of none: merge(nothing, a) is a.
template <class Merge>
class Sets {
 public:
  Sets(const Merge& merge, std::int64_t nothing)
      : merge_(merge), nothing_(nothing), sets_(std::make_unique_for_overwrite<Set[]>(room_)) {
    sets_[0] = {0, 0, 0};
  }

  std::size_t size() const { return size_; }
  /// So many runs may be added.
  void make_room(std::size_t runs) {
    if (size_ + runs <= room_) return;
    room_ = 2 * (size_ + runs);
    auto more = std::make_unique_for_overwrite<Set[]>(room_);
    std::copy_n(sets_.get(), size_, more.get());
    sets_ = std::move(more);
  }
  /// A run becomes part of the set of one that it touches. Where that is 0, of a set that the two make: `other` is what the one that it touches is worth.
  /// Returns the set. (What a set has is added up when it is whole: nothing here depends on what is known of it.)
  std::uint32_t add(std::int32_t level, std::int64_t value, std::uint32_t touched, std::int64_t other) {
    const auto fresh = std::uint32_t(size_);
    sets_[fresh] = {fresh, level, other};  // whether it is kept is not foreseen
    const bool alone = touched == 0;
    const auto set = touched | (fresh & (0u - alone));  // as often the one as the other: no branch could be foreseen
    size_ += alone;
    sets_[set].value = merge_(sets_[set].value, value);
    return set;
  }
  /// Joins the set of a run with that of one that it touches. Where that is 0 it becomes the run's, and `other` part of its value.
  void join(std::uint32_t set, std::uint32_t& touched, std::int64_t other) {
    if (touched == 0) {
      touched = set;
      sets_[set].value = merge_(sets_[set].value, other);
    } else if (touched != set) {
      const auto a = root(set), b = root(touched);
      sets_[std::max(a, b)].parent = std::min(a, b);
    }
  }
  /// Hands over as zones what nothing in `reached` belongs to; the other sets are kept and numbered anew.
  void close(std::vector<std::uint32_t>& reached, Zones& zones) {
    for (std::size_t s = size_; s-- > 0;) {  // parents come before their children
      auto& set = sets_[s];
      if (set.parent == s) continue;
      sets_[set.parent].value = merge_(sets_[set.parent].value, set.value);
      set.value = 0;
    }
    constexpr std::uint32_t none = ~0u;
    number_.assign(size_, none);
    number_[0] = 0;
    kept_.assign(1, {0, 0, 0});
    for (auto& set : reached) {
      const auto r = root(set);
      if (number_[r] == none) {
        number_[r] = std::uint32_t(kept_.size());
        kept_.push_back({number_[r], sets_[r].level, std::exchange(sets_[r].value, 0)});
      }
      set = number_[r];
    }
    for (std::size_t s = 0; s < size_; ++s) zones.add(sets_[s].level, sets_[s].value);
    std::copy(kept_.begin(), kept_.end(), sets_.get());
    size_ = kept_.size();
  }

 private:
  struct Set {
    std::uint32_t parent;  ///< not above the set's own number
    std::int32_t level;
    std::int64_t value;  ///< without those of its children
  };
  std::uint32_t root(std::uint32_t i) {
    while (sets_[i].parent != i) i = sets_[i].parent = sets_[sets_[i].parent].parent;
    return i;
  }
  const Merge& merge_;
  const std::int64_t nothing_;
  std::size_t size_ = 1, room_ = 1 << 12;
  std::unique_ptr<Set[]> sets_;
  std::vector<Set> kept_;
  std::vector<std::uint32_t> number_;
};

/// The last voxel of the run of one level that begins at `first`; rows end in zeros.
template <class T>
std::int32_t last_of_run(const T* row, std::int32_t first) {
  static_assert(std::endian::native == std::endian::little);
  constexpr int bits = 8 * sizeof(T), at_once = 64 / bits;
  const std::uint64_t run = ~std::uint64_t(0) / T(~T(0)) * row[first];
  for (std::int32_t x = first;; x += at_once) {
    std::uint64_t levels;
    std::memcpy(&levels, row + x, sizeof levels);
    if (levels != run) return x + std::countr_zero(levels ^ run) / bits - 1;
  }
}

/// Zones: connected voxels of one gray level (26 neighbours, or the 8 of a plane in a 2D run), by level, then value.
/// `value(first, count)` is that of so many voxels of a row, the first by its number in the box, `merge` that of two parts of a zone, `nothing` that of no
/// part. Without `with_alone` zones of one voxel are left out.
template <class T, class Value, class Merge>
std::vector<Matrices::Cell> count_zones_in(const LevelGrid<T>& grid, std::int32_t highest, const Settings& s,
    bool with_alone, const Value& value, const Merge& merge, std::int64_t nothing) {
  const auto& n = grid.size();
  const int flat = s.force_2d ? 2 - s.force_2d_dimension : -1;  // the axis (0 = x) that zones do not cross
  const auto row_length = std::size_t(n[0]);
  const std::vector<T> zeros(row_length + 2 + room_behind);

  Zones zones(highest);
  Sets<Merge> sets(merge, nothing);
  std::size_t enough = 1 << 15;  // sets that stay in the cache
  // The set of each voxel. A run of one voxel is in none before another touches it.
  constexpr int together = 4;  // numbers are written so many at a time
  std::vector<std::uint32_t> here(std::size_t(n[0] * n[1]) + 2 * together), before(here.size());
  constexpr std::int32_t word = 64;  // places that are looked at at once
  std::vector<std::uint8_t> joins_0(row_length + room_behind), joins_1(joins_0.size()), begins(joins_0.size()),
      meets(joins_0.size());
  const Touching touching{joins_0.data(), joins_1.data(), begins.data(), meets.data()};

  const auto each = [&](const std::vector<std::uint8_t>& places, std::int32_t from, std::int32_t end, const auto& f) {
    const std::uint64_t in_row = end - from < word ? (std::uint64_t(1) << (end - from)) - 1 : ~std::uint64_t(0);
    BitMask::for_each_bit(bits_of(places.data() + from) & in_row, 0, [&](auto b) { f(from + std::int32_t(b)); });
  };
  const auto count_alone = [&](const std::vector<std::uint32_t>& set_of, std::int64_t z) {
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      const T* const row = grid.row(y, z);
      const std::uint32_t* const set = set_of.data() + y * n[0];
      for (std::int32_t x = begin; x < end; ++x) begins[x] = row[x] != 0 && set[x] == 0;
      for (std::int32_t from = begin; from < end; from += word)
        each(begins, from, end,
            [&](std::int32_t x) { zones.add(std::int32_t(row[x]), value((z * n[1] + y) * n[0] + x, 1)); });
    }
  };

  constexpr std::int64_t beside_y[4] = {-1, -1, 0, 1}, beside_z[4] = {0, -1, -1, -1};
  std::int64_t step_beside[4];  // beyond the box are zeros, as the grid is padded
  bool crossed[4];              // beyond the plane that zones stay in
  for (int r = 0; r < 4; ++r) {
    step_beside[r] = grid.step({0, int(beside_y[r]), int(beside_z[r])});
    crossed[r] = (beside_y[r] != 0 && flat == 1) || (beside_z[r] != 0 && flat == 2);
  }
  constexpr int nowhere = 12;
  std::int64_t number_beside[12];  // of the voxel that a place means, less that of the voxel itself
  for (int place = 0; place < nowhere; ++place)
    number_beside[place] = (beside_z[place / 3] * n[1] + beside_y[place / 3]) * n[0] + place % 3 - 1;
  for (std::int64_t z = 0; z < n[2]; ++z) {
    std::uint32_t* set_beside[13];  // of the voxel that a place means, at the number that this voxel has in its slice
    for (int place = 0; place < nowhere; ++place)
      set_beside[place] = (place < 3 ? here.data() : before.data()) + beside_y[place / 3] * n[0] + place % 3 - 1;
    set_beside[nowhere] = here.data();
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      if (begin >= end) continue;
      const T* const row = grid.row(y, z);
      const T* beside[4];
      for (int r = 0; r < 4; ++r) beside[r] = crossed[r] ? zeros.data() + 1 : row + step_beside[r];
      find_touching({row, {beside[0], beside[1], beside[2], beside[3]}, flat != 0}, begin, end, touching);
      const std::int64_t at = y * n[0];
      std::uint32_t* const set = here.data() + at;
      std::fill(set + begin, set + end, 0);
      const auto joins_at = [&](std::int32_t x) { return joins_0[x] | unsigned(joins_1[x]) << 6; };
      const std::int64_t voxel = (z * n[1] + y) * n[0];  // the row's first
      for (std::int32_t from = begin; from < end; from += word) {
        sets.make_room(word);
        each(begins, from, end, [&](std::int32_t x) {
          const std::int32_t last = flat == 0 || row[x + 1] != row[x] ? x : last_of_run(row, x);
          const int place = std::countr_zero(joins_at(x) | 1u << nowhere);
          std::uint32_t& touched = set_beside[place][at + x];
          const std::uint32_t run = sets.add(std::int32_t(row[x]), value(voxel + x, last - x + 1), touched,
              place == nowhere ? nothing : value(voxel + x + number_beside[place], 1));
          set[x] = touched = run;
          if (last > x) {
            for (std::int32_t i = x + 1; i <= last; i += together) std::fill_n(set + i, together, run);
            std::fill_n(set + last + 1, together, 0);  // where that went too far
          }
        });
        each(meets, from, end, [&](std::int32_t x) {
          for (unsigned joins = joins_at(x); joins; joins &= joins - 1) {
            const int place = std::countr_zero(joins);
            sets.join(set[x], set_beside[place][at + x], value(voxel + x + number_beside[place], 1));
          }
        });
      }
    }
    if (with_alone && z > 0) count_alone(before, z - 1);
    std::swap(here, before);
    if (sets.size() > enough) {
      sets.close(before, zones);
      std::fill(here.begin(), here.end(), 0);  // else old numbers would stay where later slices have no rows
      enough = std::max(enough, 2 * sets.size());
    }
  }
  if (with_alone && n[2] > 0) count_alone(before, n[2] - 1);
  before.clear();
  sets.close(before, zones);
  return zones.cells();
}

}  // namespace radloom::zones
