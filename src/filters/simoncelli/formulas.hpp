#pragma once
#include <cmath>

#include "core/host_device.hpp"

namespace radloom::simoncelli {

/// The length of the highest frequencies of a level.
RL_HD inline double highest(int level) { return ldexp(1.0, 1 - level); }

/// The filter of a level with this highest frequency, at a frequency of this length (IBSI 2, PRT7).
RL_HD inline double gain(double nu, double m) {
  if (nu < m / 4 || nu > m) return 0;
  return cos(M_PI / 2 * log2(2 * nu / m));
}

}  // namespace radloom::simoncelli
