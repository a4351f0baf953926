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

/// Of the values at whose place `inside` is not 0. Instantiated for what volumes hold.
template <class T>
Extremes<T> extremes_of(const T* values, const std::uint8_t* inside, std::int64_t n);

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
