#pragma once
#include <vector>

#include "backend/matrices.hpp"
#include "preprocess/discretise.hpp"

namespace radloom::glszm {

/// Counts the zones: connected voxels of one gray level (26 neighbours, or the 8 of a plane in a 2D run), by level, then size.
std::vector<Matrices::Cell> count_zones(const Discretised& levels, const Settings& settings);

}  // namespace radloom::glszm
