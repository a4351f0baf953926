#pragma once
#include <cstdint>

namespace radloom {

/// Sum of term(0) ... term(n - 1) in an order that depends on n alone: eight interleaved accumulators over chunks of 1,024,
/// chunks added pairwise. The error grows with log n, not n, and every machine and thread count gets the same bits.
template <class Term>
double pairwise_sum(std::int64_t first, std::int64_t n, const Term& term) {
  constexpr std::int64_t chunk = 1024;
  if (n > chunk) {
    const std::int64_t left = (n / chunk + 1) / 2 * chunk;
    return pairwise_sum(first, left, term) + pairwise_sum(first + left, n - left, term);
  }
  double sum[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; ++k) sum[k] += term(first + i + k);
  for (; i < n; ++i) sum[i % 8] += term(first + i);
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

template <class Term>
double pairwise_sum(std::int64_t n, const Term& term) {
  return n > 0 ? pairwise_sum(0, n, term) : 0.0;
}

}  // namespace radloom
