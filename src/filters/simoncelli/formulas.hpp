#pragma once
#include <cmath>

#include "core/host_device.hpp"

namespace radloom::simoncelli {

/// The filter at a frequency of this length (IBSI 2, PRT7).
RL_HD inline double gain(double nu, int level) {
  const double m = ldexp(1.0, 1 - level);
  if (nu < m / 4 || nu > m) return 0;
  return cos(M_PI / 2 * log2(2 * nu / m));
}

}  // namespace radloom::simoncelli
