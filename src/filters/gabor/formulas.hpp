#pragma once
#include <cmath>

#include "core/host_device.hpp"

namespace radloom::gabor {

/// The Gabor filter of an orientation (IBSI 2, Q88H).
struct Wave {
  double cosine, sine;  ///< of the orientation
  double sigma_mm, lambda_mm, gamma;

  /// Its value at a place of the plane.
  RL_HD void at(double x_mm, double y_mm, double& re, double& im) const {
    const double u = x_mm * cosine + y_mm * sine, v = -x_mm * sine + y_mm * cosine;
    const double envelope = exp(-(u * u + gamma * gamma * v * v) / (2 * sigma_mm * sigma_mm));
    const double phase = 2 * M_PI * u / lambda_mm;
    re = envelope * cos(phase);
    im = envelope * sin(phase);
  }
};

}  // namespace radloom::gabor
