#pragma once
// Four doubles side by side: one register of AVX, which the compiler cuts to what the instruction set has.
#include <cstdint>
#include <cstring>

namespace radloom {

typedef double Four __attribute__((vector_size(32)));

// By reference: to return a vector is another call for each instruction set.
[[gnu::always_inline]] inline void load(const double* from, Four& v) { std::memcpy(&v, from, sizeof v); }
[[gnu::always_inline]] inline void store(const Four& v, double* to) { std::memcpy(to, &v, sizeof v); }

/// Four samples of four lines, one line after the other, to four lines side by side, samples `apart` from each other.
[[gnu::always_inline]] inline void turn(const double* const (&from)[4], double* to, std::int64_t apart) {
  Four a, b, c, d;
  std::memcpy(&a, from[0], sizeof a);
  std::memcpy(&b, from[1], sizeof b);
  std::memcpy(&c, from[2], sizeof c);
  std::memcpy(&d, from[3], sizeof d);
  const Four ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6), ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  const Four cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6), cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  const Four rows[4] = {__builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5),
      __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5), __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7),
      __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7)};
  for (int i = 0; i < 4; ++i) std::memcpy(to + i * apart, &rows[i], sizeof rows[i]);
}

}  // namespace radloom
