#pragma once
#include <cstdint>
#include <vector>

#include "backend/matrices.hpp"
#include "families/common/directions.hpp"
#include "preprocess/discretise.hpp"

namespace radloom {

/// What one look at the neighbours of every voxel gives: dependences for GLDM, differences for NGTDM.
struct Neighbourhoods {
  std::vector<Matrices::Cell> gldm;        ///< by level, then dependence (neighbours that depend + 1)
  std::vector<std::uint64_t> ngtdm_count;  ///< voxels of each gray level present
  std::vector<std::uint64_t> alone;        ///< of these, the voxels without a neighbour
  std::vector<std::vector<std::uint64_t>>
      ngtdm_difference;  ///< [rank][k]: over voxels with k neighbours, sum of |k * level - their sum|
};

/// One pass for both families. Differences are kept apart by the number of neighbours, so that they are integers and exact.
/// A neighbour depends where the levels differ by at most `alpha`. Cost: a vector of neighbours at a time.
Neighbourhoods count_neighbourhoods(const Discretised& levels, const std::vector<Offset>& offsets, int alpha);

}  // namespace radloom
