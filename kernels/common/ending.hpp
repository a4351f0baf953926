#pragma once
#include <cmath>

#include "filters/common/merge.hpp"

namespace radloom {

/// What becomes of the responses of a pass, after they are merged with what stood in their place.
struct Ending {
  bool alone = true;  ///< nothing stood there yet
  filters::Merge merge = filters::Merge::sum;
  double divisor = 1;
  bool magnitude = false;

  RL_HD double result(double response, double before) const {
    double v = alone ? response : filters::merged(merge, before, response);
    if (divisor != 1) v /= divisor;
    return magnitude ? std::abs(v) : v;
  }
};

}  // namespace radloom
