#pragma once
#include <algorithm>
#include <bit>

namespace radloom::maps {

/// Sorts the columns of `rows` rows of `width` values by themselves, the largest first: a merge exchange (Knuth, volume 3, section 5.2.2, Algorithm
/// M), which compares the same rows whatever is in them. Cost: about rows * log2(rows)^2 / 4 exchanges of two rows.
template <int bytes, int width, class T>
[[gnu::always_inline]] inline void sort_rows(int rows, T* value) {
  typedef T Wide __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));
  const int half = int(std::bit_ceil(unsigned(rows)) / 2);
  for (int p = half; p > 0; p /= 2)
    for (int q = half, r = 0, d = p; d > 0; d = q - p, q /= 2, r = p)
      for (int from = r; from + d < rows; from += 2 * p)
        for (int i = from; i < std::min(from + p, rows - d); ++i)
          for (int k = 0; k < width; k += bytes / int(sizeof(T))) {
            Wide& upper = *reinterpret_cast<Wide*>(value + i * width + k);
            Wide& lower = *reinterpret_cast<Wide*>(value + (i + d) * width + k);
            const Wide a = upper, b = lower;
            upper = a > b ? a : b;
            lower = a > b ? b : a;
          }
}

}  // namespace radloom::maps
