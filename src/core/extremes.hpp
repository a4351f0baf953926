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
  void see(const Extremes& more) {
    least = more.least < least ? more.least : least;
    largest = more.largest > largest ? more.largest : largest;
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
  for (int k = 0; k < lanes; ++k) all.see(Extremes<T>{least[k], largest[k]});
  return all;
}

/// Of all of them, in vectors by name: g++ makes none of floats that all count.
template <class T>
Extremes<T> extremes_of(const T* values, std::int64_t n) {
  typedef T Vector __attribute__((vector_size(16)));
  typedef T Loose __attribute__((vector_size(16), aligned(sizeof(T)), may_alias));  // anywhere in memory
  constexpr int lanes = 16 / sizeof(T), vectors = 4;
  Extremes<T> all;
  Vector least[vectors], largest[vectors];
  for (int k = 0; k < vectors; ++k) {
    least[k] = all.least - Vector{};
    largest[k] = all.largest - Vector{};
  }
  std::int64_t i = 0;
  for (; i + vectors * lanes <= n; i += vectors * lanes)
    for (int k = 0; k < vectors; ++k) {
      const Vector v = *reinterpret_cast<const Loose*>(values + i + k * lanes);
      least[k] = v < least[k] ? v : least[k];
      largest[k] = v > largest[k] ? v : largest[k];
    }
  for (; i < n; ++i) all.see(values[i]);
  for (int k = 0; k < vectors; ++k)
    for (int l = 0; l < lanes; ++l) all.see(Extremes<T>{least[k][l], largest[k][l]});
  return all;
}

}  // namespace radloom
