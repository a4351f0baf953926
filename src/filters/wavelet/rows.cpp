#include "filters/wavelet/rows.hpp"

#include "core/numbers.hpp"
#include "core/simd.hpp"

namespace radloom::wavelet {
namespace {

/// What `combine` is given.
template <class T>
struct Rows {
  const T* const* rows;
  const T *low_taps, *high_taps;
  int taps;
  std::int64_t n;
  T *const *low, *const *high;
  int results;
};

/// Adds row `r` to the results from..to-1 of Z; with E all taps are the first of `low`. Inlined whole, so that sums stay in registers.
template <class T, bool L, bool H, bool E, int Z, int V, int from, int to, class Wide>
[[gnu::always_inline]] inline void add(
    const Rows<T>& a, int r, const T* row, Wide (&sum_low)[Z][V], Wide (&sum_high)[Z][V]) {
  typedef Wide Loose __attribute__((aligned(sizeof(T)), may_alias));  // anywhere in memory
  constexpr int width = sizeof(Wide) / sizeof(T);
  for (int v = 0; v < V; ++v) {
    Wide x = *reinterpret_cast<const Loose*>(row + v * width);
    if constexpr (E) x = a.low_taps[0] * x;
    if constexpr ((L && H) || to - from > 1) RL_IN_REGISTER(x);  // g++ would read it from memory for every product
    for (int z = from; z < to; ++z) {
      const int tap = r - (Z - 1) + z;
      if constexpr (E) sum_low[z][v] += x;
      else if constexpr (L) sum_low[z][v] += a.low_taps[tap] * x;
      if constexpr (H) sum_high[z][v] += a.high_taps[tap] * x;
    }
  }
}

/// Adds the rows that not all results look at: those before the first result's own, or with `last` those behind the last one's.
template <class T, bool L, bool H, bool E, int Z, int V, bool last, int r = 0, class Wide>
[[gnu::always_inline]] inline void add_edge(
    const Rows<T>& a, std::int64_t i, Wide (&sum_low)[Z][V], Wide (&sum_high)[Z][V]) {
  if constexpr (r < Z - 1) {
    const int row = last ? a.taps + r : r;
    add<T, L, H, E, Z, V, last ? 0 : Z - 1 - r, last ? Z - 1 - r : Z>(a, row, a.rows[row] + i, sum_low, sum_high);
    add_edge<T, L, H, E, Z, V, last, r + 1>(a, i, sum_low, sum_high);
  }
}

/// V vectors of Z results from sample i on, rows outermost: each row is read once for both filters and all results.
template <int bytes, class T, bool L, bool H, bool E, int Z, int V>
[[gnu::always_inline]] inline void step(const Rows<T>& a, std::int64_t i) {
  typedef T Wide __attribute__((vector_size(bytes)));
  typedef T Loose __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));
  constexpr int width = bytes / sizeof(T);
  // One by one: what is set or copied whole lies in memory.
  Wide low[Z][V], high[Z][V];
  for (int z = 0; z < Z; ++z)
    for (int v = 0; v < V; ++v) low[z][v] = high[z][v] = Wide{};
  add_edge<T, L, H, E, Z, V, false>(a, i, low, high);
  for (int r = Z - 1; r < a.taps; ++r) add<T, L, H, E, Z, V, 0, Z>(a, r, a.rows[r] + i, low, high);
  add_edge<T, L, H, E, Z, V, true>(a, i, low, high);
  for (int z = 0; z < Z; ++z)
    for (int v = 0; v < V; ++v) {
      if constexpr (L) *reinterpret_cast<Loose*>(a.low[z] + i + v * width) = low[z][v];
      if constexpr (H) *reinterpret_cast<Loose*>(a.high[z] + i + v * width) = high[z][v];
    }
}

template <int bytes, class T, bool L, bool H, bool E, int Z>
[[gnu::always_inline]] inline void run(const Rows<T>& given) {
  const Rows<T> a = given;
  constexpr int width = bytes / sizeof(T);
  constexpr int together = (L && H ? 4 : 8) / Z;  // 8 sums, of 16 registers where there are fewest
  std::int64_t i = 0;
  for (; i + together * width <= a.n; i += together * width) step<bytes, T, L, H, E, Z, together>(a, i);
  for (; i + width <= a.n; i += width) step<bytes, T, L, H, E, Z, 1>(a, i);
  if (i < a.n && a.n >= width)  // the last vector again, moved back: the same values are written twice
    step<bytes, T, L, H, E, Z, 1>(a, a.n - width);
  else
    for (; i < a.n; ++i)
      for (int z = 0; z < Z; ++z) {
        [[maybe_unused]] T sum_low = 0, sum_high = 0;
        for (int k = 0; k < a.taps; ++k) {
          const T x = a.rows[Z - 1 - z + k][i];
          if constexpr (L) sum_low += a.low_taps[E ? 0 : k] * x;  // taps of what nobody wants may be null
          if constexpr (H) sum_high += a.high_taps[k] * x;
        }
        if constexpr (L) a.low[z][i] = sum_low;
        if constexpr (H) a.high[z][i] = sum_high;
      }
}

template <int bytes, class T, int Z>
[[gnu::always_inline]] inline void choose(const Rows<T>& a) {
  if (a.low[0] && a.high[0]) run<bytes, T, true, true, false, Z>(a);
  else if (a.low[0]) run<bytes, T, true, false, false, Z>(a);
  else if (a.high[0]) run<bytes, T, false, true, false, Z>(a);
}

template <int bytes, class T>
[[gnu::always_inline]] inline void count(const Rows<T>& a) {
  if (a.results == 1) choose<bytes, T, 1>(a);
  else if (a.results == results_together) choose<bytes, T, results_together>(a);
  else if (a.low[0]) run<bytes, T, true, false, false, results_of_one>(a);
  else run<bytes, T, false, true, false, results_of_one>(a);
}

template <int bytes>
[[gnu::always_inline]] inline void count_equal(const Rows<double>& a) {
  if (a.results == 1) run<bytes, double, true, false, true, 1>(a);
  else if (a.results == results_of_one) run<bytes, double, true, false, true, results_of_one>(a);
  else run<bytes, double, true, false, true, results_of_equal>(a);
}

/// What `sums_along` is given.
struct Along {
  const double* row;
  double tap;
  std::int64_t taps, n;
  double* sums;
};

/// A vector of samples that is read serves two vectors of sums, of which one follows the other.
template <int bytes>
[[gnu::always_inline]] inline void add_along(const Along& given) {
  using V = Numbers<bytes>;
  constexpr int pairs = 4;
  const Along a = given;
  const V tap = a.tap;
  std::int64_t i = 0;
  if (a.taps >= V::lanes)
    for (; i + pairs * 2 * V::lanes <= a.n; i += pairs * 2 * V::lanes) {
      V low[pairs], high[pairs];
      for (int p = 0; p < pairs; ++p) low[p] = high[p] = 0;
      const auto samples = [&](std::int64_t from, std::int64_t to, auto add) __attribute__((always_inline)) {
        for (const double* row = a.row + i + from; row < a.row + i + to; ++row)
          for (int p = 0; p < pairs; ++p) add(p, tap * V::load(row + p * 2 * V::lanes));
      };
      samples(
          0, V::lanes, [&](int p, const V& x) __attribute__((always_inline)) { low[p] += x; });
      samples(
          V::lanes, a.taps, [&](int p, const V& x) __attribute__((always_inline)) { low[p] += x, high[p] += x; });
      samples(
          a.taps, a.taps + V::lanes, [&](int p, const V& x) __attribute__((always_inline)) { high[p] += x; });
      for (int p = 0; p < pairs; ++p) {
        low[p].store(a.sums + i + p * 2 * V::lanes);
        high[p].store(a.sums + i + (p * 2 + 1) * V::lanes);
      }
    }
  for (; i + V::lanes <= a.n; i += V::lanes) {
    V sum = 0;
    for (std::int64_t k = 0; k < a.taps; ++k) sum += tap * V::load(a.row + i + k);
    sum.store(a.sums + i);
  }
  for (; i < a.n; ++i) {
    double sum = 0;
    for (std::int64_t k = 0; k < a.taps; ++k) sum += a.tap * a.row[i + k];
    a.sums[i] = sum;
  }
}

}  // namespace

RL_SIMD_WIDTHS_TO_512(combine_rows, const Rows<float>&, count)
RL_SIMD_WIDTHS_TO_512(combine_rows, const Rows<double>&, count)
RL_SIMD_WIDTHS_TO_512(combine_rows_equally, const Rows<double>&, count_equal)
RL_SIMD_WIDTHS_TO_512(add_along_row, const Along&, add_along)

void combine(const float* const* rows, const float* low_taps, const float* high_taps, int taps, std::int64_t n,
    float* const* low, float* const* high, int results) {
  combine_rows({rows, low_taps, high_taps, taps, n, low, high, results});
}

void combine(const double* const* rows, const double* low_taps, const double* high_taps, int taps, std::int64_t n,
    double* const* low, double* const* high, int results) {
  combine_rows({rows, low_taps, high_taps, taps, n, low, high, results});
}

void combine(const double* const* rows, double tap, int taps, std::int64_t n, double* const* low, int results) {
  combine_rows_equally({rows, &tap, nullptr, taps, n, low, nullptr, results});
}

void sums_along(const double* row, double tap, int taps, std::int64_t n, double* sums) {
  add_along_row({row, tap, taps, n, sums});
}

}  // namespace radloom::wavelet
