#pragma once
#include <array>
#include <cstdint>
#include <cstring>

namespace radloom {

/// First index from x on that is not zero; 64 bytes at a time, as long as no bit of them is set.
template <class T>
std::int64_t skip_zeros(const T* row, std::int64_t x, std::int64_t n) {
  constexpr std::int64_t step = 64 / sizeof(T);
  for (; x + step <= n; x += step) {
    std::array<std::uint64_t, 8> words;
    std::memcpy(words.data(), row + x, sizeof words);
    std::uint64_t any = 0;
    for (const std::uint64_t w : words) any |= w;
    if (any) break;
  }
  while (x < n && row[x] == 0) ++x;
  return x;
}

}  // namespace radloom
