#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/numbers.hpp"
#include "core/simd.hpp"
#include "filters/simoncelli/simoncelli.hpp"

namespace radloom {

// What the formula is made of, where the filter is not 0: accurate to some units in the last place of 1.

/// The sum of terms[k] x^k, those of even and of odd k side by side: one product need not wait for another.
template <class Number, std::size_t n>
[[gnu::always_inline]] inline Number series(const Number& x, const std::array<double, n>& terms) {
  static_assert(n % 2 == 0);
  const Number squared = x * x;
  Number even = terms[n - 2], odd = terms[n - 1];
  for (std::size_t k = n - 2; k > 0; k -= 2) {
    even = Number(terms[k - 2]) + squared * even;
    odd = Number(terms[k - 1]) + squared * odd;
  }
  return even + x * odd;
}

/// Of 1/2 <= a <= 2: log(a) = 2 artanh((a - 1) / (a + 1)).
template <int bytes>
[[gnu::always_inline]] inline Numbers<bytes> log2(const Numbers<bytes>& a) {
  static constexpr auto terms = [] {
    std::array<double, 16> out{};
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = 1.0 / double(2 * k + 1);
    return out;
  }();
  const Numbers<bytes> s = (a - Numbers<bytes>(1)) / (a + Numbers<bytes>(1));
  return Numbers<bytes>(2 / M_LN2) * s * series(s * s, terms);
}

/// Of -pi/2 <= a <= pi/2.
template <int bytes>
[[gnu::always_inline]] inline Numbers<bytes> cos(const Numbers<bytes>& a) {
  static constexpr auto terms = [] {
    std::array<double, 12> out{1};
    for (std::size_t k = 1; k < out.size(); ++k) out[k] = -out[k - 1] / double(2 * k * (2 * k - 1));
    return out;
  }();
  return series(a * a, terms);
}

namespace simoncelli {
namespace {

struct Squares {
  double* values;
  std::int64_t n;
  double m;
};

template <int bytes>
[[gnu::always_inline]] inline void replace(const Squares& given) {
  using V = Numbers<bytes>;
  const Squares of = given;  // what is written cannot change it
  const auto gain = [&](double* at) __attribute__((always_inline)) {
    const V square = V::load(at);
    const auto inside = (square >= V(of.m * of.m / 16)) & (square <= V(of.m * of.m));
    V made = 0;
    if (any(inside)) made = choose(inside, gain_inside(sqrt(square), of.m), V(0));
    made.store(at);
  };
  std::int64_t i = 0;
  for (; i + V::lanes <= of.n; i += V::lanes) gain(of.values + i);
  if (i == of.n) return;
  double last[V::lanes]{};
  std::copy(of.values + i, of.values + of.n, last);
  gain(last);
  std::copy_n(last, of.n - i, of.values + i);
}
RL_SIMD_WIDTHS(replace_squares, const Squares&, replace)

}  // namespace

void gains(std::span<double> squares, double m) { replace_squares({squares.data(), std::int64_t(squares.size()), m}); }

}  // namespace simoncelli
}  // namespace radloom
