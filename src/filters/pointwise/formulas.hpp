#pragma once
// Those of the maps whose operations every backend rounds alike; `most` is the largest absolute value of the whole image.
#include <cmath>

#include "core/host_device.hpp"

namespace radloom::pointwise {

class Square {
 public:
  RL_HD explicit Square(double most) : scale_(1 / std::sqrt(most)) {}
  RL_HD double operator()(double x) const { return (scale_ * x) * (scale_ * x); }

 private:
  double scale_;
};

class SquareRoot {
 public:
  RL_HD explicit SquareRoot(double most) : most_(most) {}
  RL_HD double operator()(double x) const {
    const double root = std::sqrt(std::abs(x) * most_);
    return x > 0 ? root : x < 0 ? -root : x;
  }

 private:
  double most_;
};

}  // namespace radloom::pointwise
