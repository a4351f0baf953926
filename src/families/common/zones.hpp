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

/// Disjoint sets of runs that touch and share a level. Set 0 is of no level: where there is no run.
/// `merge(a, b)` is the value of a set made of two, `nothing` that of none: merge(nothing, a) is a.
template <class Merge>
class Sets {
 public:
  Sets(const Merge& merge, std::int64_t nothing) : merge_(merge), nothing_(nothing), sets_(1) {}

  std::size_t size() const { return size_; }
  /// So many runs may be added.
  void make_room(std::size_t runs) {
    if (sets_.size() < size_ + runs) sets_.resize(2 * (size_ + runs));
  }
  /// A run becomes part of a set that it touches, if it does; returns its set. (What a set has is added up when it is whole: nothing here depends on
  /// what is known of it.)
  std::uint32_t add(std::int32_t level, std::int64_t value, bool touches, std::uint32_t touched) {
    const auto fresh = std::uint32_t(size_);
    sets_[fresh] = {fresh, level, nothing_};  // whether it is kept is not foreseen
    const auto set = touches ? touched : fresh;
    size_ += !touches;
    sets_[set].value = merge_(sets_[set].value, value);
    return set;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    if (a == b) return;
    a = root(a);
    b = root(b);
    sets_[std::max(a, b)].parent = std::min(a, b);
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
    kept_.assign(1, Set{});
    for (auto& set : reached) {
      const auto r = root(set);
      if (number_[r] == none) {
        number_[r] = std::uint32_t(kept_.size());
        kept_.push_back({number_[r], sets_[r].level, std::exchange(sets_[r].value, 0)});
      }
      set = number_[r];
    }
    for (std::size_t s = 0; s < size_; ++s) zones.add(sets_[s].level, sets_[s].value);
    std::copy(kept_.begin(), kept_.end(), sets_.begin());
    size_ = kept_.size();
  }

 private:
  struct Set {
    std::uint32_t parent = 0;  ///< not above the set's own number
    std::int32_t level = 0;
    std::int64_t value = 0;  ///< without those of its children
  };
  std::uint32_t root(std::uint32_t i) {
    while (sets_[i].parent != i) i = sets_[i].parent = sets_[sets_[i].parent].parent;
    return i;
  }
  const Merge& merge_;
  const std::int64_t nothing_;
  std::vector<Set> sets_, kept_;  ///< there is room behind those that there are
  std::size_t size_ = 1;
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
/// `value(x, last, y, z)` is that of the voxels [x, last] of a row, `merge` that of two parts of a zone, `nothing` that of no part. Without `with_alone`
/// zones of one voxel are left out.
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
  constexpr int together = 4;    // the numbers of a run's set are written so many at a time
  std::vector<std::uint32_t> here(std::size_t(n[0] * n[1]) + together), before(here.size());  // the set of each voxel
  constexpr std::int32_t word = 64;  // places that are looked at at once
  std::vector<std::uint8_t> joins_0(row_length + room_behind), joins_1(joins_0.size()), alone(joins_0.size()),
      begins(joins_0.size()), meets(joins_0.size());
  const Touching touching{joins_0.data(), joins_1.data(), alone.data(), begins.data(), meets.data()};

  for (std::int64_t z = 0; z < n[2]; ++z) {
    std::fill(here.begin(), here.end(), 0);
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      const T* const row = grid.row(y, z);
      const auto beside = [&](std::int64_t dy, std::int64_t dz) {  // beyond the box are zeros, as the grid is padded
        return (dy != 0 && flat == 1) || (dz != 0 && flat == 2) ? zeros.data() + 1 : grid.row(y + dy, z + dz);
      };
      find_touching({row, {beside(-1, 0), beside(-1, -1), beside(0, -1), beside(1, -1)},
                        {beside(1, 0), beside(1, 1), beside(0, 1), beside(-1, 1)}, flat != 0},
          begin, end, touching);
      const std::int64_t at = y * n[0];
      std::uint32_t* const set = here.data() + at;
      const std::uint32_t *const row_beside[4] = {set - n[0], before.data() + at - n[0], before.data() + at,
          before.data() + at + n[0]},
                                 *set_beside[13];
      for (int place = 0; place < 12; ++place) set_beside[place] = row_beside[place / 3] + place % 3 - 1;
      constexpr int nowhere = 12;
      set_beside[nowhere] = set;
      const auto joins_at = [&](std::int32_t x) { return joins_0[x] | unsigned(joins_1[x]) << 6; };
      for (std::int32_t from = begin; from < end; from += word) {
        const std::uint64_t in_row = end - from < word ? (std::uint64_t(1) << (end - from)) - 1 : ~std::uint64_t(0);
        const auto each = [&](const std::vector<std::uint8_t>& places, const auto& f) {
          BitMask::for_each_bit(bits_of(places.data() + from) & in_row, 0, [&](auto b) { f(from + std::int32_t(b)); });
        };
        if (with_alone) each(alone, [&](std::int32_t x) { zones.add(std::int32_t(row[x]), value(x, x, y, z)); });
        sets.make_room(word);
        each(begins, [&](std::int32_t x) {
          const std::int32_t last = flat == 0 ? x : last_of_run(row, x);
          const unsigned joins = joins_at(x);
          const auto run = sets.add(std::int32_t(row[x]), value(x, last, y, z), joins != 0,
              set_beside[std::countr_zero(joins | 1u << nowhere)][x]);
          for (std::int32_t i = x; i <= last; i += together) std::fill_n(set + i, together, run);
        });
        each(meets, [&](std::int32_t x) {
          for (unsigned joins = joins_at(x); joins; joins &= joins - 1)
            sets.join(set[x], set_beside[std::countr_zero(joins)][x]);
        });
      }
    }
    std::swap(here, before);
    if (sets.size() > enough) {
      sets.close(before, zones);
      enough = std::max(enough, 2 * sets.size());
    }
  }
  before.clear();
  sets.close(before, zones);
  return zones.cells();
}

}  // namespace radloom::zones
