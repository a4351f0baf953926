#pragma once
#include <cmath>

#include "core/host_device.hpp"

namespace radloom::simoncelli {

/// The length of the highest frequencies of a level.
RL_HD inline double highest(int level) { return ldexp(1.0, 1 - level); }

/// The filter of a level with the highest frequency m, at a frequency of length nu from m / 4 to m (IBSI 2, PRT7).
template <class Number>
RL_HD_INLINE Number gain_inside(const Number& nu, double m) {
  return cos(M_PI / 2 * log2(2 * nu / m));
}

/// The same at any frequency.
RL_HD inline double gain(double nu, double m) {
  if (nu < m / 4 || nu > m) return 0;
  return gain_inside(nu, m);
}

}  // namespace radloom::simoncelli
