#pragma once
#include <cstdint>
#include <limits>

namespace radloom {

/// The least and the largest of some values, NaN passed over. Of none: the type's largest and its lowest (of floats, both infinities).
template <class T>
struct Extremes {
  T least = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  T largest =
      std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();

  void see(T v) {
    least = v < least ? v : least;
    largest = v > largest ? v : largest;
  }
};

/// Of the values i for which `inside(i)`, a vector at a time: as many as here can be compared at once.
template <class T, class Inside>
Extremes<T> extremes_of(const T* values, std::int64_t n, const Inside& inside) {
  constexpr int lanes = 64 / sizeof(T);
  Extremes<T> all;
  T least[lanes], largest[lanes];
  for (int k = 0; k < lanes; ++k) {
    least[k] = all.least;
    largest[k] = all.largest;
  }
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int k = 0; k < lanes; ++k) {
      const bool counts = inside(i + k);
      least[k] = (counts & (values[i + k] < least[k])) ? values[i + k] : least[k];
      largest[k] = (counts & (values[i + k] > largest[k])) ? values[i + k] : largest[k];
    }
  for (; i < n; ++i)
    if (inside(i)) all.see(values[i]);
  for (int k = 0; k < lanes; ++k) {
    all.least = least[k] < all.least ? least[k] : all.least;
    all.largest = largest[k] > all.largest ? largest[k] : all.largest;
  }
  return all;
}

template <class T>
Extremes<T> extremes_of(const T* values, std::int64_t n) {
  return extremes_of(values, n, [](std::int64_t) { return true; });
}

}  // namespace radloom
