#pragma once
#include <vector>

#include "preprocess/discretise.hpp"

namespace radloom::ih {

/// The features of the intensity histogram (IBSI 3.4) but for entropy and uniformity, which PyRadiomics has in firstorder; by
/// `feature::ih`. NaN where a definition divides by zero, and the gradients where there is one gray level.
std::vector<double> compute(const Discretised& levels);

}  // namespace radloom::ih
