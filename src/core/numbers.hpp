#pragma once
// Numbers of several cases side by side: a formula written for a number then works several cases out at once, each as it would be by itself.
#include <cmath>

#include "core/host_device.hpp"
#include "core/team.hpp"

namespace radloom {

/// `condition ? a : b`, of numbers side by side each by its own condition.
RL_HD inline double choose(bool condition, double a, double b) { return condition ? a : b; }

#if !defined(__CUDACC__)
/// As many doubles as `bytes` hold, a register of the processor (see RL_SIMD_WIDTHS in core/simd.hpp). Every operation works lane by lane. Everything is
/// inlined: a function for another instruction set would take them apart.
template <int bytes>
struct Numbers {
  typedef double Wide __attribute__((vector_size(bytes)));
  typedef double Loose __attribute__((vector_size(bytes), aligned(sizeof(double)), may_alias));  ///< anywhere in memory
  typedef long long Mask __attribute__((vector_size(bytes)));
  static constexpr int lanes = bytes / int(sizeof(double));

  /// Of each lane, whether a comparison holds.
  struct Condition {
    Mask value;
    [[gnu::always_inline]] friend Condition operator&(const Condition& a, const Condition& b) {
      return {a.value & b.value};
    }
    [[gnu::always_inline]] friend Condition operator|(const Condition& a, const Condition& b) {
      return {a.value | b.value};
    }
    [[gnu::always_inline]] friend Condition operator!(const Condition& a) { return {~a.value}; }
    [[gnu::always_inline]] friend bool any(const Condition& c) {
      long long lane[lanes], some = 0;
      __builtin_memcpy(lane, &c.value, bytes);
      for (int l = 0; l < lanes; ++l) some |= lane[l];
      return some != 0;
    }
    /// 1 where it holds, else 0.
    [[gnu::always_inline]] operator Numbers() const { return choose(*this, Numbers(1), Numbers(0)); }
  };

  Wide value;

  Numbers() = default;
  // Written out: g++ copies what it copies whole through memory.
  [[gnu::always_inline]] Numbers(const Numbers& other) : value(other.value) {}
  [[gnu::always_inline]] Numbers& operator=(const Numbers& other) {
    value = other.value;
    return *this;
  }
  [[gnu::always_inline]] Numbers(double all) : value(all - Wide{}) {}
  [[gnu::always_inline]] explicit Numbers(const Wide& v) : value(v) {}
  [[gnu::always_inline]] static Numbers load(const double* from) {
    Numbers numbers;
    numbers.value = *reinterpret_cast<const Loose*>(from);
    return numbers;
  }
  /// f(lane) in each lane.
  template <class F>
  [[gnu::always_inline]] static Numbers of(const F& f) {
    static_assert(lanes <= 4);
    if constexpr (lanes == 2) return Numbers(Wide{f(0), f(1)});
    else return Numbers(Wide{f(0), f(1), f(2), f(3)});
  }
  [[gnu::always_inline]] void store(double* to) const { *reinterpret_cast<Loose*>(to) = value; }

  [[gnu::always_inline]] friend Numbers operator+(const Numbers& a, const Numbers& b) {
    return Numbers(Wide(a.value + b.value));
  }
  [[gnu::always_inline]] friend Numbers operator-(const Numbers& a, const Numbers& b) {
    return Numbers(Wide(a.value - b.value));
  }
  [[gnu::always_inline]] friend Numbers operator*(const Numbers& a, const Numbers& b) {
    return Numbers(Wide(a.value * b.value));
  }
  [[gnu::always_inline]] friend Numbers operator/(const Numbers& a, const Numbers& b) {
    return Numbers(Wide(a.value / b.value));
  }
  [[gnu::always_inline]] Numbers operator-() const { return Numbers(Wide(-value)); }
  [[gnu::always_inline]] Numbers& operator+=(const Numbers& b) { return *this = *this + b; }
  [[gnu::always_inline]] Numbers& operator-=(const Numbers& b) { return *this = *this - b; }
  [[gnu::always_inline]] Numbers& operator*=(const Numbers& b) { return *this = *this * b; }
  [[gnu::always_inline]] friend Condition operator==(const Numbers& a, const Numbers& b) {
    return {a.value == b.value};
  }
  [[gnu::always_inline]] friend Condition operator!=(const Numbers& a, const Numbers& b) {
    return {a.value != b.value};
  }
  [[gnu::always_inline]] friend Condition operator<(const Numbers& a, const Numbers& b) { return {a.value < b.value}; }
  [[gnu::always_inline]] friend Condition operator>(const Numbers& a, const Numbers& b) { return {a.value > b.value}; }
  [[gnu::always_inline]] friend Condition operator<=(const Numbers& a, const Numbers& b) {
    return {a.value <= b.value};
  }
  [[gnu::always_inline]] friend Condition operator>=(const Numbers& a, const Numbers& b) {
    return {a.value >= b.value};
  }
  [[gnu::always_inline]] friend Numbers choose(const Condition& c, const Numbers& a, const Numbers& b) {
    return Numbers(Wide(c.value ? a.value : b.value));
  }
  [[gnu::always_inline]] friend Numbers fabs(const Numbers& a) {
    return Numbers(Wide(Mask(a.value) & 0x7fff'ffff'ffff'ffff));  // all bits but the sign
  }
  [[gnu::always_inline]] friend Numbers sqrt(const Numbers& a) {
    return each(a, [](double v) { return std::sqrt(v); });
  }
  /// exp(a) - 1 of a <= 0, to a few units in the last place; -1 from -40 on. Taylor's series of a 64th of it, and six times exp(2 x) - 1 = (exp(x) - 1) (exp(x) + 1).
  [[gnu::always_inline]] friend Numbers expm1(const Numbers& a) {
    const Numbers x = choose(a > Numbers(-40), a, Numbers(-40)) * Numbers(1.0 / 64);
    Numbers e = 1;
    for (int k = 14; k > 1; --k) e = Numbers(1) + x * e * Numbers(1.0 / k);
    e = x * e;
    for (int k = 0; k < 6; ++k) e = e * (e + Numbers(2));
    return e;
  }
  /// f of every lane, one after the other.
  template <class F>
  [[gnu::always_inline]] friend Numbers each(const Numbers& a, const F& f) {
    double lane[lanes];
    a.store(lane);
    return of([&](int l) { return f(lane[l]); });
  }
};

/// One thread that works a formula out for several cases at once.
template <int bytes>
struct LaneTeam {
  using Number = Numbers<bytes>;
  [[gnu::always_inline]] int size() const { return 1; }
  [[gnu::always_inline]] bool leader() const { return true; }
  template <class F>
  [[gnu::always_inline]] void for_each(std::int64_t n, const F& f) const {
    for (std::int64_t i = 0; i < n; ++i) f(i);
  }
  template <int K, class Term>
  [[gnu::always_inline]] Sums<K, Number> sums(std::int64_t n, const Term& term) const {
    Sums<K, Number> s;
    for (std::int64_t i = 0; i < n; ++i) term(i, s);
    return s;
  }
  template <class F>
  [[gnu::always_inline]] void once(const F& f) const {
    f();
  }
};
#endif

}  // namespace radloom
