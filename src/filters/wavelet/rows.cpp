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
  T *low, *high;
};

/// `V` vectors of `n` at offset i, taps outermost: sums stay in registers, and each row is read once for both filters.
template <int bytes, class T, bool L, bool H, int V>
[[gnu::always_inline]] inline void step(
    const T* const* rows, const T* low_taps, const T* high_taps, int taps, std::int64_t i, T* low, T* high) {
  typedef T Wide __attribute__((vector_size(bytes)));
  constexpr int width = bytes / sizeof(T);
  typedef T Loose __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));  // anywhere in memory
  // One by one: what is set or copied whole lies in memory.
  Wide sum_low[V], sum_high[V];
  for (int v = 0; v < V; ++v) sum_low[v] = sum_high[v] = Wide{};
  for (int k = 0; k < taps; ++k) {
    const T* const row = rows[k] + i;
    for (int v = 0; v < V; ++v) {
      const Wide x = *reinterpret_cast<const Loose*>(row + v * width);
      if constexpr (L) sum_low[v] += low_taps[k] * x;
      if constexpr (H) sum_high[v] += high_taps[k] * x;
    }
  }
  for (int v = 0; v < V; ++v) {
    if constexpr (L) *reinterpret_cast<Loose*>(low + i + v * width) = sum_low[v];
    if constexpr (H) *reinterpret_cast<Loose*>(high + i + v * width) = sum_high[v];
  }
}

template <int bytes, class T, bool L, bool H>
[[gnu::always_inline]] inline void run(const Rows<T>& r) {
  constexpr int width = bytes / sizeof(T);
  constexpr int together = bytes == 64 ? 2 : 4;  // their sums take half of the registers
  const auto [rows, low_taps, high_taps, taps, n, low, high] = r;
  std::int64_t i = 0;
  for (; i + together * width <= n; i += together * width)
    step<bytes, T, L, H, together>(rows, low_taps, high_taps, taps, i, low, high);
  for (; i + width <= n; i += width) step<bytes, T, L, H, 1>(rows, low_taps, high_taps, taps, i, low, high);
  if (i < n && n >= width)  // the last vector again, moved back: the same values are written twice
    step<bytes, T, L, H, 1>(rows, low_taps, high_taps, taps, n - width, low, high);
  else
    for (; i < n; ++i) {
      [[maybe_unused]] T sum_low = 0, sum_high = 0;
      for (int k = 0; k < taps; ++k) {
        if constexpr (L) sum_low += low_taps[k] * rows[k][i];  // taps of what nobody wants may be null
        if constexpr (H) sum_high += high_taps[k] * rows[k][i];
      }
      if constexpr (L) low[i] = sum_low;
      if constexpr (H) high[i] = sum_high;
    }
}

template <int bytes, class T>
[[gnu::always_inline]] inline void choose(const Rows<T>& r) {
  if (r.low && r.high) run<bytes, T, true, true>(r);
  else if (r.low) run<bytes, T, true, false>(r);
  else if (r.high) run<bytes, T, false, true>(r);
}

}  // namespace

RL_SIMD_WIDTHS(combine_rows, const Rows<float>&, choose)
RL_SIMD_WIDTHS(combine_rows, const Rows<double>&, choose)

void combine(const float* const* rows, const float* low_taps, const float* high_taps, int taps, std::int64_t n,
    float* low, float* high) {
  combine_rows({rows, low_taps, high_taps, taps, n, low, high});
}

void combine(const double* const* rows, const double* low_taps, const double* high_taps, int taps, std::int64_t n,
    double* low, double* high) {
  combine_rows({rows, low_taps, high_taps, taps, n, low, high});
}

}  // namespace radloom::wavelet
