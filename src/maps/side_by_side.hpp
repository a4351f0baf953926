#pragma once
// What families share that count in many neighbourhoods at once: small integers in the lanes of a register, and numbers made of them.
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/numbers.hpp"
#include "maps/family_map.hpp"

namespace radloom::maps {

/// Integers in the lanes of a register of `bytes`, anywhere in memory. Comparisons give -1 where they hold.
template <int bytes, class T>
struct Register {
  typedef T Integers __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));
  static constexpr int lanes = bytes / int(sizeof(T));
};

/// The lanes from `at` on.
template <int bytes, class T>
[[gnu::always_inline]] inline typename Register<bytes, T>::Integers& integers(T* at) {
  return *reinterpret_cast<typename Register<bytes, T>::Integers*>(at);
}

/// As many integers as the widest register has lanes. `in` is those of one of `bytes`.
template <class T>
struct alignas(64) Lanes {
  T lane[64 / sizeof(T)];
  template <int bytes>
  [[gnu::always_inline]] auto& in() {
    return *reinterpret_cast<typename Register<bytes, T>::Integers*>(lane);
  }
  template <int bytes>
  [[gnu::always_inline]] const auto& in() const {
    return *reinterpret_cast<const typename Register<bytes, T>::Integers*>(lane);
  }
};

/// Is a mask set in any lane?
template <int bytes, class T>
[[gnu::always_inline]] inline bool any(const typename Register<bytes, T>::Integers& mask) {
  using Words = typename Register<bytes, std::uint64_t>::Integers;
  const auto words = (Words)mask;
  std::uint64_t all = 0;
  for (int w = 0; w < bytes / 8; ++w) all |= words[w];
  return all != 0;
}

/// Columns of results: `out[row] = numbers`, each `lanes` behind the other.
template <int bytes>
struct Columns {
  struct Row {
    double* at;
    [[gnu::always_inline]] void operator=(Numbers<bytes> value) const { value.store(at); }
  };
  double* first;
  [[gnu::always_inline]] Row operator[](int row) const { return {first + row * lanes}; }
};

/// The lanes from `from` on as numbers. Of integers of 32 bits that is one instruction.
template <int bytes, class T>
[[gnu::always_inline]] inline Numbers<bytes> numbers(const T* from) {
  constexpr int n = Numbers<bytes>::lanes;
  using Wider = std::conditional_t<sizeof(T) < sizeof(int), int, T>;  // in two steps, each of which is an instruction
  typedef T Loose __attribute__((vector_size(n * sizeof(T)), aligned(sizeof(T)), may_alias));
  typedef Wider Wide __attribute__((vector_size(n * sizeof(Wider))));
  return Numbers<bytes>(__builtin_convertvector(
      __builtin_convertvector(*reinterpret_cast<const Loose*>(from), Wide), typename Numbers<bytes>::Wide));
}

/// What a table holds for the lanes from `index` on.
template <int bytes, class T>
[[gnu::always_inline]] inline Numbers<bytes> looked_up(const double* table, const T* index) {
  return Numbers<bytes>::of([=](int l) { return table[index[l]]; });
}

/// log2 of the integers up to `largest`; 0 for 0.
class Logarithms {
 public:
  explicit Logarithms(std::size_t largest) : log2_(largest + 1) {
    for (std::size_t i = 1; i <= largest; ++i) log2_[i] = std::log2(double(i));
  }
  template <int bytes>
  [[gnu::always_inline]] Numbers<bytes> operator()(Numbers<bytes> integer) const {
    return each(integer, [log2 = log2_.data()](double i) { return log2[int(i)]; });
  }
  /// Of the integers in the lanes from `from` on.
  template <int bytes, class T>
  [[gnu::always_inline]] Numbers<bytes> of(const T* from) const {
    return looked_up<bytes>(log2_.data(), from);
  }

 private:
  std::vector<double> log2_;
};

}  // namespace radloom::maps
