#include "filters/log/recursive_gaussian.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace radloom::log {
namespace {

/// One term of the approximation: (a cos(w t) + b sin(w t)) exp(l t), t in units of the width.
struct Term {
  double a, b, w, l;
};

/// Figures of the paper: the Gaussian and its second derivative share frequencies and decays.
constexpr double w1 = 0.6681, l1 = -1.3932, w2 = 2.0787, l2 = -1.3732;
constexpr Term smooth[2] = {{1.3530, 1.8151, w1, l1}, {-0.3531, 0.0902, w2, l2}};
constexpr Term curved[2] = {{-1.3563, 5.2318, w1, l1}, {0.3446, -2.2355, w2, l2}};

/// A polynomial in the delay with its value and first two moments at 1.
struct Polynomial {
  std::array<double, 4> c{};
  double sum = 0, first = 0, second = 0;
};

/// Orders of operations are ITK's, so that coefficients agree to the last bit where the mathematical functions do.
Polynomial numerator(double width, const Term (&t)[2]) {
  const double sin1 = std::sin(t[0].w / width), cos1 = std::cos(t[0].w / width), exp1 = std::exp(t[0].l / width);
  const double sin2 = std::sin(t[1].w / width), cos2 = std::cos(t[1].w / width), exp2 = std::exp(t[1].l / width);
  const double a1 = t[0].a, b1 = t[0].b, a2 = t[1].a, b2 = t[1].b;
  Polynomial p;
  p.c[0] = a1 + a2;
  p.c[1] = exp2 * (b2 * sin2 - (a2 + 2 * a1) * cos2);
  p.c[1] += exp1 * (b1 * sin1 - (a1 + 2 * a2) * cos1);
  p.c[2] = (a1 + a2) * cos2 * cos1;
  p.c[2] -= b1 * cos2 * sin1 + b2 * cos1 * sin2;
  p.c[2] *= 2 * exp1 * exp2;
  p.c[2] += a2 * exp1 * exp1 + a1 * exp2 * exp2;
  p.c[3] = exp2 * exp1 * exp1 * (b2 * sin2 - a2 * cos2);
  p.c[3] += exp1 * exp2 * exp2 * (b1 * sin1 - a1 * cos1);
  p.sum = p.c[0] + p.c[1] + p.c[2] + p.c[3];
  p.first = p.c[1] + 2 * p.c[2] + 3 * p.c[3];
  p.second = p.c[1] + 4 * p.c[2] + 9 * p.c[3];
  return p;
}

/// 1 + sum over k of c[k] z^-(k+1); its value and moments at 1.
Polynomial denominator(double width) {
  const double cos1 = std::cos(w1 / width), exp1 = std::exp(l1 / width);
  const double cos2 = std::cos(w2 / width), exp2 = std::exp(l2 / width);
  Polynomial p;
  p.c[3] = exp1 * exp1 * exp2 * exp2;
  p.c[2] = -2 * cos1 * exp1 * exp2 * exp2;
  p.c[2] += -2 * cos2 * exp2 * exp1 * exp1;
  p.c[1] = 4 * cos2 * cos1 * exp1 * exp2;
  p.c[1] += exp1 * exp1 + exp2 * exp2;
  p.c[0] = -2 * (exp2 * cos2 + exp1 * cos1);
  p.sum = 1.0 + p.c[0] + p.c[1] + p.c[2] + p.c[3];
  p.first = p.c[0] + 2 * p.c[1] + 3 * p.c[2] + 4 * p.c[3];
  p.second = p.c[0] + 4 * p.c[1] + 9 * p.c[2] + 16 * p.c[3];
  return p;
}

/// The filter to the left mirrors that to the right, without the sample in the middle, which counts once.
RecursiveFilter symmetric(const std::array<double, 4>& n, const Polynomial& d) {
  RecursiveFilter f;
  std::copy(n.begin(), n.end(), f.n);
  std::copy(d.c.begin(), d.c.end(), f.d);
  for (int k = 0; k < 3; ++k) f.m[k] = n[k + 1] - d.c[k] * n[0];
  f.m[3] = -d.c[3] * n[0];
  const double sum_n = n[0] + n[1] + n[2] + n[3];
  const double sum_m = f.m[0] + f.m[1] + f.m[2] + f.m[3];
  for (int k = 0; k < 4; ++k) {
    f.before[k] = d.c[k] * sum_n / d.sum;
    f.after[k] = d.c[k] * sum_m / d.sum;
  }
  return f;
}

}  // namespace

RecursiveFilter gaussian(double sigma_mm, double spacing_mm) {
  const double width = sigma_mm / spacing_mm;
  const Polynomial d = denominator(width);
  Polynomial n = numerator(width, smooth);
  const double sum = 2 * n.sum / d.sum - n.c[0];
  for (double& c : n.c) c *= 1.0 / sum;
  return symmetric(n.c, d);
}

RecursiveFilter second_derivative(double sigma_mm, double spacing_mm) {
  const double width = sigma_mm / spacing_mm;
  const Polynomial d = denominator(width);
  const Polynomial n0 = numerator(width, smooth), n2 = numerator(width, curved);
  // As much of the Gaussian is added as makes the sum over the filter 0.
  const double beta = -(2 * n2.sum - d.sum * n2.c[0]) / (2 * n0.sum - d.sum * n0.c[0]);
  std::array<double, 4> n;
  for (int k = 0; k < 4; ++k) n[k] = n2.c[k] + beta * n0.c[k];
  const double sum = n2.sum + beta * n0.sum;
  const double first = n2.first + beta * n0.first;
  const double second = n2.second + beta * n0.second;
  double moment =
      second * d.sum * d.sum - d.second * sum * d.sum - 2 * first * d.first * d.sum + 2 * d.first * d.first * sum;
  moment /= d.sum * d.sum * d.sum;
  for (double& c : n) c *= sigma_mm * sigma_mm / moment;
  return symmetric(n, d);
}

}  // namespace radloom::log
