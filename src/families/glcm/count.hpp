#pragma once
#include <cstdint>
#include <vector>

#include "families/common/directions.hpp"
#include "preprocess/discretise.hpp"

namespace radloom::glcm {

/// How often a gray level has a neighbour of another, ranks of levels; only pairs that occur, by row, then column.
struct PairCount {
  std::int32_t row, column;
  std::uint64_t count;
};

/// Counts the pairs of every direction, not symmetrised. All directions in one pass over the voxels where the matrices of all fit the
/// cache (up to 255 levels), one pass a direction up to 1,024, sorting pairs beyond.
std::vector<std::vector<PairCount>> count_pairs(const Discretised& levels, const std::vector<Offset>& offsets);

}  // namespace radloom::glcm
