#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

/// K sums that one loop makes.
template <int K, class Number = double>
struct Sums {
  Number value[K];
  RL_HD Sums() {
    for (int k = 0; k < K; ++k) value[k] = 0;  // one by one: what is set whole lies in memory
  }
  RL_HD Number& operator[](int k) { return value[k]; }
  RL_HD Number operator[](int k) const { return value[k]; }
};

/// Who works a formula out: a **team**, which is one thread on the CPU and a block on a device (`BlockTeam`, kernels/common/team.hpp).
/// A formula is a template over its team and over views of its operands, which it reads and writes by `[]`; so it is written
/// once. Its numbers are of the type `Number`: a double, or as many side by side as a `LaneTeam` (core/numbers.hpp) has. Every member must be called by the whole team alike, and orders what was written before it.
struct SerialTeam {
  using Number = double;
  /// How many may work at once.
  RL_HD int size() const { return 1; }
  /// Is this the thread that writes results?
  RL_HD bool leader() const { return true; }
  /// f(i) for every i < n, in any order.
  template <class F>
  RL_HD void for_each(std::int64_t n, const F& f) const {
    for (std::int64_t i = 0; i < n; ++i) f(i);
  }
  /// Sums over i < n: term(i, sums) adds its share to each of the K. The whole team gets them.
  template <int K, class Term>
  RL_HD Sums<K> sums(std::int64_t n, const Term& term) const {
    Sums<K> s;
    for (std::int64_t i = 0; i < n; ++i) term(i, s);
    return s;
  }
  /// The largest of `least` and term(i) for i < n.
  template <class Term>
  RL_HD double maximum(std::int64_t n, double least, const Term& term) const {
    for (std::int64_t i = 0; i < n; ++i)
      if (const double v = term(i); v > least) least = v;
    return least;
  }
  /// f(), by one.
  template <class F>
  RL_HD void once(const F& f) const {
    f();
  }
};

}  // namespace radloom
