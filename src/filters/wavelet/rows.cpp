#include "filters/wavelet/rows.hpp"

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

/// Adds row `r` to the results from..to-1 of Z. Inlined whole, so that sums stay in registers.
template <class T, bool L, bool H, int Z, int V, int from, int to, class Wide>
[[gnu::always_inline]] inline void add(
    const Rows<T>& a, int r, const T* row, Wide (&sum_low)[Z][V], Wide (&sum_high)[Z][V]) {
  typedef Wide Loose __attribute__((aligned(sizeof(T)), may_alias));  // anywhere in memory
  constexpr int width = sizeof(Wide) / sizeof(T);
  for (int v = 0; v < V; ++v) {
    Wide x = *reinterpret_cast<const Loose*>(row + v * width);
    if constexpr ((L && H) || to - from > 1) RL_IN_REGISTER(x);  // g++ would read it from memory for every product
    for (int z = from; z < to; ++z) {
      const int tap = r - (Z - 1) + z;
      if constexpr (L) sum_low[z][v] += a.low_taps[tap] * x;
      if constexpr (H) sum_high[z][v] += a.high_taps[tap] * x;
    }
  }
}

/// Adds the rows that not all results look at: those before the first result's own, or with `last` those behind the last one's.
template <class T, bool L, bool H, int Z, int V, bool last, int r = 0, class Wide>
[[gnu::always_inline]] inline void add_edge(
    const Rows<T>& a, std::int64_t i, Wide (&sum_low)[Z][V], Wide (&sum_high)[Z][V]) {
  if constexpr (r < Z - 1) {
    const int row = last ? a.taps + r : r;
    add<T, L, H, Z, V, last ? 0 : Z - 1 - r, last ? Z - 1 - r : Z>(a, row, a.rows[row] + i, sum_low, sum_high);
    add_edge<T, L, H, Z, V, last, r + 1>(a, i, sum_low, sum_high);
  }
}

/// V vectors of Z results from sample i on, rows outermost: each row is read once for both filters and all results.
template <int bytes, class T, bool L, bool H, int Z, int V>
[[gnu::always_inline]] inline void step(const Rows<T>& a, std::int64_t i) {
  typedef T Wide __attribute__((vector_size(bytes)));
  typedef T Loose __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));
  constexpr int width = bytes / sizeof(T);
  // One by one: what is set or copied whole lies in memory.
  Wide low[Z][V], high[Z][V];
  for (int z = 0; z < Z; ++z)
    for (int v = 0; v < V; ++v) low[z][v] = high[z][v] = Wide{};
  add_edge<T, L, H, Z, V, false>(a, i, low, high);
  for (int r = Z - 1; r < a.taps; ++r) add<T, L, H, Z, V, 0, Z>(a, r, a.rows[r] + i, low, high);
  add_edge<T, L, H, Z, V, true>(a, i, low, high);
  for (int z = 0; z < Z; ++z)
    for (int v = 0; v < V; ++v) {
      if constexpr (L) *reinterpret_cast<Loose*>(a.low[z] + i + v * width) = low[z][v];
      if constexpr (H) *reinterpret_cast<Loose*>(a.high[z] + i + v * width) = high[z][v];
    }
}

template <int bytes, class T, bool L, bool H, int Z>
[[gnu::always_inline]] inline void run(const Rows<T>& given) {
  const Rows<T> a = given;
  constexpr int width = bytes / sizeof(T);
  constexpr int together = (L && H ? 4 : 8) / Z;  // 8 sums, of 16 registers where there are fewest
  std::int64_t i = 0;
  for (; i + together * width <= a.n; i += together * width) step<bytes, T, L, H, Z, together>(a, i);
  for (; i + width <= a.n; i += width) step<bytes, T, L, H, Z, 1>(a, i);
  if (i < a.n && a.n >= width)  // the last vector again, moved back: the same values are written twice
    step<bytes, T, L, H, Z, 1>(a, a.n - width);
  else
    for (; i < a.n; ++i)
      for (int z = 0; z < Z; ++z) {
        [[maybe_unused]] T sum_low = 0, sum_high = 0;
        for (int k = 0; k < a.taps; ++k) {
          const T x = a.rows[Z - 1 - z + k][i];
          if constexpr (L) sum_low += a.low_taps[k] * x;  // taps of what nobody wants may be null
          if constexpr (H) sum_high += a.high_taps[k] * x;
        }
        if constexpr (L) a.low[z][i] = sum_low;
        if constexpr (H) a.high[z][i] = sum_high;
      }
}

template <int bytes, class T, int Z>
[[gnu::always_inline]] inline void choose(const Rows<T>& a) {
  if (a.low[0] && a.high[0]) run<bytes, T, true, true, Z>(a);
  else if (a.low[0]) run<bytes, T, true, false, Z>(a);
  else if (a.high[0]) run<bytes, T, false, true, Z>(a);
}

template <int bytes, class T>
[[gnu::always_inline]] inline void count(const Rows<T>& a) {
  if (a.results == 1) choose<bytes, T, 1>(a);
  else if (a.results == results_together) choose<bytes, T, results_together>(a);
  else if (a.low[0]) run<bytes, T, true, false, results_of_one>(a);
  else run<bytes, T, false, true, results_of_one>(a);
}

}  // namespace

RL_SIMD_WIDTHS(combine_rows, const Rows<float>&, count)
RL_SIMD_WIDTHS(combine_rows, const Rows<double>&, count)

void combine(const float* const* rows, const float* low_taps, const float* high_taps, int taps, std::int64_t n,
    float* const* low, float* const* high, int results) {
  combine_rows({rows, low_taps, high_taps, taps, n, low, high, results});
}

void combine(const double* const* rows, const double* low_taps, const double* high_taps, int taps, std::int64_t n,
    double* const* low, double* const* high, int results) {
  combine_rows({rows, low_taps, high_taps, taps, n, low, high, results});
}

}  // namespace radloom::wavelet
