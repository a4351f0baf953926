#pragma once
#include <vector>

#include "backend/matrices.hpp"
#include "preprocess/discretise.hpp"

namespace radloom::gldzm {

/// How many steps to a face neighbour lead from each voxel out of a mask (uint8, x fastest), 1 at its border; what lies outside the
/// grid is outside the mask. `flat`: an axis (0 = x) no step goes along, -1 for none. 0 outside the mask. Two sweeps over the voxels.
std::vector<std::uint32_t> border_distances(const Volume& mask, int flat);

/// Counts the zones (see glszm) by level, then by the smallest `distance` of their voxels; `distance` has the size of the levels' grid.
std::vector<Matrices::Cell> count_zones(
    const Discretised& levels, const Settings& settings, const std::vector<std::uint32_t>& distance);

}  // namespace radloom::gldzm
