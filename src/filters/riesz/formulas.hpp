#pragma once
#include <array>
#include <cmath>

#include "core/host_device.hpp"

namespace radloom::riesz {

/// The Riesz transform of an order (l1, l2, l3), of sum L, in the Fourier domain (IBSI 2, AYRS): (-i)^L sqrt(L! / (l1! l2! l3!)) times
/// the product of (nu_d / |nu|)^l_d.
struct Transform {
  int order[3];
  double re, im;  ///< the factor that does not depend on the frequency; one of both is 0

  explicit Transform(const std::array<int, 3>& orders) : order{orders[0], orders[1], orders[2]} {
    constexpr double turns[4][2] = {{1, 0}, {0, -1}, {-1, 0}, {0, 1}};  // powers of -i
    int sum = 0;
    double ratio = 1;
    for (const int l : orders) {
      sum += l;
      ratio /= std::tgamma(l + 1);
    }
    const double root = std::sqrt(std::tgamma(sum + 1) * ratio);
    re = turns[sum % 4][0] * root;
    im = turns[sum % 4][1] * root;
  }

  /// What it is to be multiplied by.
  RL_HD double direction(double x, double y, double z) const {
    const double nu = sqrt(x * x + y * y + z * z);
    if (nu == 0) return 0;
    double product = 1;
    const double part[3] = {x / nu, y / nu, z / nu};
    for (int d = 0; d < 3; ++d)
      for (int l = 0; l < order[d]; ++l) product *= part[d];
    return product;
  }
};

}  // namespace radloom::riesz
