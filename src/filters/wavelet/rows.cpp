#include "filters/wavelet/rows.hpp"

#include <cstring>

#include "core/simd.hpp"

namespace radloom::wavelet {
namespace {

/// 64 bytes, which the compiler cuts to what the instruction set has. A type of its own size, so that it stays in registers.
template <class T>
struct Vector;
template <>
struct Vector<float> {
  typedef float type __attribute__((vector_size(64)));
};
template <>
struct Vector<double> {
  typedef double type __attribute__((vector_size(64)));
};

/// `V` vectors of `n` at offset i, taps outermost: sums stay in registers, and each row is read once for both filters.
template <class T, bool L, bool H, int V>
[[gnu::always_inline]] inline void step(
    const T* const* rows, const T* low_taps, const T* high_taps, int taps, std::int64_t i, T* low, T* high) {
  using Wide = typename Vector<T>::type;
  constexpr int width = sizeof(Wide) / sizeof(T);
  Wide sum_low[V] = {}, sum_high[V] = {};
  for (int k = 0; k < taps; ++k) {
    const T* const row = rows[k] + i;
    for (int v = 0; v < V; ++v) {
      Wide x;
      std::memcpy(&x, row + v * width, sizeof x);
      if constexpr (L) sum_low[v] += low_taps[k] * x;
      if constexpr (H) sum_high[v] += high_taps[k] * x;
    }
  }
  for (int v = 0; v < V; ++v) {
    if constexpr (L) std::memcpy(low + i + v * width, &sum_low[v], sizeof(Wide));
    if constexpr (H) std::memcpy(high + i + v * width, &sum_high[v], sizeof(Wide));
  }
}

template <class T, bool L, bool H>
[[gnu::always_inline]] inline void run(
    const T* const* rows, const T* low_taps, const T* high_taps, int taps, std::int64_t n, T* low, T* high) {
  constexpr int width = 64 / sizeof(T);
  std::int64_t i = 0;
  for (; i + 2 * width <= n; i += 2 * width) step<T, L, H, 2>(rows, low_taps, high_taps, taps, i, low, high);
  for (; i + width <= n; i += width) step<T, L, H, 1>(rows, low_taps, high_taps, taps, i, low, high);
  if (i < n && n >= width)  // the last vector again, moved back: the same values are written twice
    step<T, L, H, 1>(rows, low_taps, high_taps, taps, n - width, low, high);
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

template <class T>
[[gnu::always_inline]] inline void choose(
    const T* const* rows, const T* low_taps, const T* high_taps, int taps, std::int64_t n, T* low, T* high) {
  if (low && high) run<T, true, true>(rows, low_taps, high_taps, taps, n, low, high);
  else if (low) run<T, true, false>(rows, low_taps, high_taps, taps, n, low, high);
  else if (high) run<T, false, true>(rows, low_taps, high_taps, taps, n, low, high);
}

}  // namespace

RL_SIMD_CLONES void combine(const float* const* rows, const float* low_taps, const float* high_taps, int taps,
    std::int64_t n, float* low, float* high) {
  choose(rows, low_taps, high_taps, taps, n, low, high);
}

RL_SIMD_CLONES void combine(const double* const* rows, const double* low_taps, const double* high_taps, int taps,
    std::int64_t n, double* low, double* high) {
  choose(rows, low_taps, high_taps, taps, n, low, high);
}

}  // namespace radloom::wavelet
