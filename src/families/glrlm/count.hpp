#pragma once
#include <vector>

#include "backend/matrices.hpp"
#include "families/common/directions.hpp"
#include "preprocess/discretise.hpp"

namespace radloom::glrlm {

/// Counts the runs of every direction, by gray level, then length. A direction in which no line holds two voxels of the region
/// is empty, as PyRadiomics has it; without
/// `drop_single`, as the standard has it, it holds runs of one voxel.
std::vector<std::vector<Matrices::Cell>> count_runs(
    const Discretised& levels, const std::vector<Offset>& offsets, bool drop_single);

}  // namespace radloom::glrlm
