#pragma once
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom {

/// Disjoint sets as a forest in an array of parents that many threads change at once. A parent's number is never larger than its
/// child's, and a root is its own parent; so the root of a set is its smallest member, in whatever order the sets are joined.
///
/// Only roots are hooked, by compare and swap; only what is no root is shortened, by plain (relaxed) stores of an ancestor. Neither can
/// undo the other, and every touch is atomic.

/// The root of `i`. Halves the path: each second member on it is hung onto its grandparent.
template <class Parents>
RL_HD std::uint32_t find_root(const Parents& parents, std::uint32_t i) {
  for (;;) {
    const std::uint32_t up = parents.load(i);
    if (up == i) return i;
    const std::uint32_t above = parents.load(up);
    if (above == up) return up;
    parents.store(i, above);
    i = above;
  }
}

/// Makes one set of those of `a` and `b`.
template <class Parents>
RL_HD void join(const Parents& parents, std::uint32_t a, std::uint32_t b) {
  a = find_root(parents, a);
  b = find_root(parents, b);
  while (a != b) {
    if (a < b) {
      const std::uint32_t c = a;
      a = b;
      b = c;
    }
    const std::uint32_t old = parents.cas(a, a, b);
    if (old == a) return;
    a = find_root(parents, old);  // somebody was faster
  }
}

}  // namespace radloom
