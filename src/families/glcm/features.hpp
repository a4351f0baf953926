#pragma once
#include <vector>

#include "families/glcm/count.hpp"

namespace radloom::glcm {

/// What the features of counted pairs depend on besides the pairs.
struct Request {
  std::vector<std::int32_t> gray_levels;  ///< of the ranks
  std::array<double, 3> spacing_mm{};
  bool symmetric = true;
  bool pyradiomics = true;
  bool maximal_correlation = true;  ///< MCC costs more than all others together
};

/// How much each direction counts in PyRadiomics' merged matrix: exp(-length^2) of its step in mm, or 1 without a norm.
std::vector<double> direction_weights(
    const std::vector<Offset>& offsets, const std::array<double, 3>& spacing_mm, WeightingNorm norm);

/// Features of each direction; empty where it has no pair.
std::vector<std::vector<double>> each(const std::vector<std::vector<PairCount>>& pairs, const Request& request);

/// Features of each direction, averaged over directions (IBSI ITBB). NaN where no direction has a pair.
std::vector<double> averaged(const std::vector<std::vector<PairCount>>& pairs, const Request& request);

/// Features of the matrix merged over directions (IBSI IAZD), each direction weighted by exp(-length^2) of its step.
std::vector<double> merged(const std::vector<std::vector<PairCount>>& pairs, const std::vector<Offset>& offsets,
    WeightingNorm norm, const Request& request);

/// Features of the matrix merged over directions with these weights. NaN where no direction has a pair.
std::vector<double> merged(
    const std::vector<std::vector<PairCount>>& pairs, const std::vector<double>& weights, const Request& request);

}  // namespace radloom::glcm
