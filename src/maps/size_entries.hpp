#pragma once
// Small matrices of gray level against size, of neighbourhoods side by side.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "maps/side_by_side.hpp"

namespace radloom::maps {

/// A number that is divided by: its reciprocal is known, and dividing is multiplying.
template <int bytes>
struct Divisor {
  using Number = Numbers<bytes>;
  Number value, reciprocal;
  [[gnu::always_inline]] friend Divisor operator*(Divisor a, Divisor b) {
    return {a.value * b.value, a.reciprocal * b.reciprocal};
  }
  [[gnu::always_inline]] friend Number operator*(Number a, Divisor b) { return a * b.value; }
  [[gnu::always_inline]] friend Number operator/(Number a, Divisor b) { return a * b.reciprocal; }
};

/// The same of a total, of which all is 1 exactly: what has one gray level has no variance.
template <int bytes>
struct Total {
  using Number = Numbers<bytes>;
  Number value, reciprocal = Number(1) / value;
  [[gnu::always_inline]] operator Number() const { return value; }
  [[gnu::always_inline]] friend Divisor<bytes> operator*(Total a, Total b) {
    return {a.value * b.value, a.reciprocal * b.reciprocal};
  }
  [[gnu::always_inline]] friend Number operator/(Number a, Total b) {
    return choose(a == b.value, Number(1), a * b.reciprocal);
  }
};

/// Matrices as the runs, zones or voxels they count, their **entries**: words of a gray level and, below it, a size, of which there are as many lanes
/// as a register holds. Cells are listed by level, then size: each is the least word above the one before it. That takes as many rounds over the entries as
/// the lane with the most cells has.
template <class T>
class SizeEntries {
  /// A lane's integers as they become numbers best.
  struct alignas(64) Wide {
    std::int32_t lane[64 / sizeof(T)];
  };
  /// In a lane that has no more cells, of level and size 1 and no weight. That of a level stands at its last cell and is 0 at those before.
  struct Cell {
    Lanes<T> size, weight, level_weight;
    Wide wide_level, wide_size, wide_weight, wide_level_weight;
  };
  struct Size {
    T size;
    Wide weight;
  };

 public:
  static constexpr T none = std::numeric_limits<T>::max();  ///< what is no entry

  /// Have words of T room for that?
  static bool hold(std::size_t entries, std::size_t longest, std::int32_t highest_level) {
    return entries < none && std::uint64_t(highest_level) + 1 < std::uint64_t(none) >> std::bit_width(longest);
  }
  /// At most `entries`, of sizes up to `longest`, in neighbourhoods of `places`.
  SizeEntries(std::size_t places, std::size_t entries, std::size_t longest, std::int32_t highest_level)
      : size_bits_(int(std::bit_width(longest))), around_(places), entry_(entries),
        cell_(std::min(entries, std::size_t(highest_level) * longest)), size_(longest), log2_(entries),
        reciprocal_square_(std::size_t(highest_level) + 1) {
    for (std::size_t i = 1; i < reciprocal_square_.size(); ++i) reciprocal_square_[i] = 1 / (double(i) * double(i));
  }

  Lanes<T>& operator[](std::size_t entry) { return entry_[entry]; }
  /// The gray level at each place, as a word without a size; `none` where a voxel does not count.
  const Lanes<T>& level(std::size_t place) const { return around_[place]; }
  std::size_t places() const { return around_.size(); }
  /// A difference of levels as one of words.
  T difference(int levels) const { return T(T(levels) << size_bits_); }

  /// Looks around the voxels of a block, from lane `first` on.
  template <int bytes>
  [[gnu::always_inline]] void look(const Block& around, int first) {
    for (std::size_t p = 0; p < around_.size(); ++p) {
      const std::uint16_t* const level = around.level + p * lanes + std::size_t(first);
      for (int l = 0; l < Register<bytes, T>::lanes; ++l)
        around_[p].lane[l] = level[l] == 0 ? none : T(T(level[l]) << size_bits_);
    }
  }

  /// Makes matrices of the first `entries`.
  template <int bytes>
  [[gnu::always_inline]] void count(std::size_t entries) {
    using Integers = typename Register<bytes, T>::Integers;
    constexpr int together = Register<bytes, T>::lanes;
    const Integers sizes = Integers{} + T((T(1) << size_bits_) - 1);
    Integers word{}, there{}, from{}, counted{}, total{}, longest{}, level_before{}, level_weight{};
    // A round counts a cell and looks for the next.
    for (std::size_t round = 0;; ++round) {
      Integers weight{}, further = none - from;
      for (std::size_t e = 0; e < entries; ++e) {
        const Integers step = entry_[e].template in<bytes>() - from;
        further = step < further ? step : further;
        weight -= (Integers)(step == none);
      }
      if (round > 0) {
        Cell& cell = cell_[round - 1];
        const Integers absent = ~there & 1, level = ((word >> size_bits_) & there) | absent,
                       size = (word & sizes & there) | absent, same = (Integers)(level == level_before) & there;
        weight &= there;
        level_weight = weight + (level_weight & same);
        widen<bytes>(level, cell.wide_level);
        widen<bytes>(size, cell.wide_size);
        widen<bytes>(weight, cell.wide_weight);
        cell.size.template in<bytes>() = size;
        cell.weight.template in<bytes>() = weight;
        cell.level_weight.template in<bytes>() = level_weight;
        if (round > 1) cell_[round - 2].level_weight.template in<bytes>() &= ~same;
        level_before = level;
        total += weight;
        longest = size > longest ? size : longest;
      }
      word = from + further;
      there = (Integers)(word != none);
      if (!any<bytes, T>(there)) break;
      counted -= there;
      from = word - there;
    }
    cells_.template in<bytes>() = counted;
    total_.template in<bytes>() = total;
    longest_.template in<bytes>() = longest;

    const std::size_t cells = most(cells_, 0, together);
    const T most_size = T(most(longest_, 0, together));
    sizes_ = 0;
    for (T size = 1; size <= most_size; ++size) {
      Integers weight{};
      for (std::size_t c = 0; c < cells; ++c)
        weight += cell_[c].weight.template in<bytes>() & (Integers)(cell_[c].size.template in<bytes>() == size);
      if (!any<bytes, T>(weight)) continue;
      Size& listed = size_[std::size_t(sizes_++)];
      listed.size = size;
      widen<bytes>(weight, listed.weight);
    }
    for (std::size_t c = 0; c < cells; ++c)
      widen<bytes>(cell_[c].level_weight.template in<bytes>(), cell_[c].wide_level_weight);
  }

  /// What formulas take (families/common/size_matrix.hpp), of the lanes from `lane` on.
  template <int bytes>
  struct View {
    using Number = Numbers<bytes>;
    struct Cells {
      struct Of {
        const SizeEntries& entries;
        const Cell& at;
        int lane;
        Number level = numbers<bytes>(at.wide_level.lane + lane), size = numbers<bytes>(at.wide_size.lane + lane),
               weight = numbers<bytes>(at.wide_weight.lane + lane);
        Number reciprocal = Number(1) / (level * level * size * size);
        [[gnu::always_inline]] Divisor<bytes> level_squared() const {
          return {level * level, reciprocal * (size * size)};
        }
        [[gnu::always_inline]] Divisor<bytes> size_squared() const {
          return {size * size, reciprocal * (level * level)};
        }
        [[gnu::always_inline]] Number log2_weight() const {
          return entries.log2_.template of<bytes>(at.wide_weight.lane + lane);
        }
      };
      const SizeEntries& entries;
      int lane;
      [[gnu::always_inline]] Of operator[](std::int64_t c) const {
        return {entries, entries.cell_[std::size_t(c)], lane};
      }
    };
    struct Levels {
      struct Of {
        const SizeEntries& entries;
        const Cell& at;
        int lane;
        Number level = numbers<bytes>(at.wide_level.lane + lane),
               weight = numbers<bytes>(at.wide_level_weight.lane + lane);
        [[gnu::always_inline]] Divisor<bytes> level_squared() const {
          return {level * level, looked_up<bytes>(entries.reciprocal_square_.data(), at.wide_level.lane + lane)};
        }
      };
      const SizeEntries& entries;
      int lane;
      [[gnu::always_inline]] Of operator[](std::int64_t c) const {
        return {entries, entries.cell_[std::size_t(c)], lane};
      }
    };
    struct Sizes {
      struct Of {
        double size;
        Number weight;
        [[gnu::always_inline]] Divisor<bytes> size_squared() const { return {size * size, 1 / (size * size)}; }
      };
      const SizeEntries& entries;
      int lane;
      [[gnu::always_inline]] Of operator[](std::int64_t s) const {
        const Size& at = entries.size_[std::size_t(s)];
        return {double(at.size), numbers<bytes>(at.weight.lane + lane)};
      }
    };

    Cells cell;
    std::int64_t cells;
    Levels by_level;
    std::int64_t levels;
    Sizes by_size;
    std::int64_t sizes;
    Total<bytes> total;
    Number log2_total;
  };
  template <int bytes>
  [[gnu::always_inline]] View<bytes> view(int lane) const {
    const auto cells = std::int64_t(most(cells_, lane, Numbers<bytes>::lanes));
    const T* const total = total_.lane + lane;
    return {{*this, lane}, cells, {*this, lane}, cells, {*this, lane}, sizes_, {numbers<bytes>(total)},
        log2_.template of<bytes>(total)};
  }

 private:
  template <int bytes>
  [[gnu::always_inline]] static void widen(const typename Register<bytes, T>::Integers& from, Wide& to) {
    for (int l = 0; l < Register<bytes, T>::lanes; ++l) to.lane[l] = std::int32_t(from[l]);
  }
  /// The largest of `n` lanes from `first` on.
  [[gnu::always_inline]] static std::size_t most(const Lanes<T>& of, int first, int n) {
    T most = 0;
    for (int l = first; l < first + n; ++l) most = std::max(most, of.lane[l]);
    return most;
  }

  int size_bits_;
  std::vector<Lanes<T>> around_, entry_;
  std::vector<Cell> cell_;            ///< by level, then size
  std::vector<Size> size_;            ///< that any lane has
  Lanes<T> cells_, total_, longest_;  ///< of each lane
  std::int64_t sizes_ = 0;
  Logarithms log2_;
  std::vector<double> reciprocal_square_;  ///< of levels
};

/// Map<T> of the smallest words that hold its entries, each made of the arguments.
template <template <class> class Map, class... Arguments>
std::unique_ptr<FamilyMap> make_smallest(std::size_t places, std::size_t entries, std::size_t longest,
    std::int32_t highest_level, const Arguments&... arguments) {
  const auto make = [&]<class T>(T) -> std::unique_ptr<FamilyMap> {
    return std::make_unique<Map<T>>(SizeEntries<T>(places, entries, longest, highest_level), arguments...);
  };
  if (SizeEntries<std::uint8_t>::hold(entries, longest, highest_level)) return make(std::uint8_t());
  if (SizeEntries<std::uint16_t>::hold(entries, longest, highest_level)) return make(std::uint16_t());
  if (SizeEntries<std::uint32_t>::hold(entries, longest, highest_level)) return make(std::uint32_t());
  return make(std::uint64_t());
}

}  // namespace radloom::maps
