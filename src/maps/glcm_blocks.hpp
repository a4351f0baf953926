#pragma once
#include <memory>

#include "maps/family_map.hpp"

namespace radloom::maps {

/// What is counted side by side: every pair of a direction is compared with every other, which wide kernels have too many of.
inline constexpr std::size_t most_pairs = 100, most_places = 125;

/// Means over directions of symmetric matrices. Nothing where a direction has more pairs than that, where directions are merged, and where matrices are not symmetric.
std::unique_ptr<FamilyMap> make_glcm_blocks(const Kernel& kernel, const Frame& frame);

}  // namespace radloom::maps
