#include "maps/count_pairs.hpp"

#include "core/simd.hpp"
#include "maps/side_by_side.hpp"

namespace radloom::maps {
namespace {

/// The lanes of a register, from lane `at` on.
template <int bytes, class T>
[[gnu::always_inline]] inline void count_lanes(const PairCount<T>& a, int at) {
  using Integers = typename Register<bytes, T>::Integers;
  typedef T Wide __attribute__((vector_size(bytes)));
  const auto in = [at](auto* array, std::size_t i) __attribute__((always_inline))->auto& {
    if constexpr (std::is_const_v<std::remove_pointer_t<decltype(array)>>)
      return *reinterpret_cast<const Integers*>(array + i * lanes + at);
    else return *reinterpret_cast<Integers*>(array + i * lanes + at);
  };
  const std::size_t n = a.pair.size(), places = a.place.size();
  T* const sums = a.room;
  T* const differences = sums + n * lanes;
  T* const own = differences + n * lanes;  // ends at a place

  for (std::size_t k = 0; k < places; ++k) in(own, k) = Wide{};
  Wide pairs = {}, unlike = {};
  for (std::size_t p = 0; p < n; ++p) {
    const auto [first, second] = a.pair[p];
    const Wide x = in(a.level, a.place[first]), y = in(a.level, a.place[second]);
    const Wide valid = (x != 0) & (y != 0);
    in(sums, p) = (x + y) & valid;                          // 0, which no pair has, where one of the two does not count
    in(differences, p) = (x > y ? x - y : y - x) | ~valid;  // -1 there
    in(own, first) -= valid;
    in(own, second) -= valid;
    pairs -= valid;
    unlike -= valid & (x != y);
  }
  in(a.total, 0) = pairs + pairs;
  in(a.unlike, 0) = unlike;

  Wide levels = {}, first_row = {};
  for (std::size_t k = 0; k < places; ++k) {
    const Wide level = in(a.level, a.place[k]), mine = in(own, k);
    Wide before = {}, after = mine;
    for (std::size_t i = 0; i < k; ++i) before += in(own, i) & (Wide(in(a.level, a.place[i])) == level);
    for (std::size_t i = k + 1; i < places; ++i) after += in(own, i) & (Wide(in(a.level, a.place[i])) == level);
    const Wide first = (before == 0) & (mine != 0);
    in(a.ends, k) = before + after;
    in(a.row, k) = after & first;
    levels -= first;
    first_row = first_row == 0 ? after & first : first_row;
  }

  in(a.first_row, 0) = first_row;

  Wide edges = {}, apart = {}, largest = {};
  for (std::size_t p = 0; p < n; ++p) {
    const Wide s = in(sums, p), d = in(differences, p), one = Wide{} + 1;
    Wide sum_before = {}, difference_before = {}, cell_before = {};
    Wide sum = one, difference = one, cell = one;
    for (std::size_t q = 0; q < p; ++q) {
      const Wide same_sum = Wide(in(sums, q)) == s, same_difference = Wide(in(differences, q)) == d;
      sum_before |= same_sum;
      difference_before |= same_difference;
      cell_before |= same_sum & same_difference;
    }
    for (std::size_t q = p + 1; q < n; ++q) {
      const Wide same_sum = Wide(in(sums, q)) == s, same_difference = Wide(in(differences, q)) == d;
      sum -= same_sum;
      difference -= same_difference;
      cell -= same_sum & same_difference;
    }
    const Wide valid = s != 0, of_one = d == 0;
    cell &= ~cell_before & valid;
    cell += cell & of_one;
    in(a.sum, p) = (sum + sum) & ~sum_before & valid;
    in(a.difference, p) = (difference + difference) & ~difference_before & valid;
    in(a.cell, p) = cell;
    largest = cell > largest ? cell : largest;
    const auto [first, second] = a.pair[p];
    apart |= (cell != 0) & (Wide(in(a.ends, first)) == cell) & (Wide(in(a.ends, second)) == cell);
    edges -= (cell != 0) & ~of_one;
  }
  in(a.largest, 0) = largest;
  // A pair of levels that only meet each other, or fewer edges than a tree has.
  const Wide none = {}, fallen = (apart | (edges < levels - 1)) & (none + T(Fate::apart));
  in(a.fate, 0) = levels == 1 ? none + T(Fate::one_level) : levels == 2 ? none + T(Fate::two_levels) : fallen;
}

template <int bytes, class T>
[[gnu::always_inline]] inline void count_block(const PairCount<T>& a) {
  for (int at = 0; at < lanes; at += Register<bytes, T>::lanes) count_lanes<bytes, T>(a, at);
}
RL_SIMD_WIDTHS(count, const PairCount<std::int8_t>&, count_block)
RL_SIMD_WIDTHS(count, const PairCount<std::int16_t>&, count_block)

}  // namespace

void count_pairs(const PairCount<std::int8_t>& a) { count(a); }
void count_pairs(const PairCount<std::int16_t>& a) { count(a); }

}  // namespace radloom::maps
