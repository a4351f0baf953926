#pragma once
/// What the tests of families of intensities share: a ragged batch of every type of voxel.
#include <vector>

#include "kernels/stage_case.hpp"

namespace radloom::test {

/// Regions of one voxel, of about a warp, of several tiles; whole intensities and broken ones, of both signs.
inline std::vector<SmallRegion> intensities(std::uint32_t seed) {
  std::vector<SmallRegion> out;
  out.push_back(SmallRegion(oracle::Grid{{1, 1, 1}, {3}}));
  out.push_back(typed<float>(random_grid({31, 2, 1}, {0.9, 40, false}, seed), -1.37, 11));
  out.push_back(typed<double>(random_grid({32, 5, 3}, {0.5, 300, false}, seed + 1), 0.1, -7, {0.5, 0.7, 2}));
  out.push_back(typed<std::int32_t>(random_grid({33, 9, 4}, {0.9, 17, true}, seed + 2), -70001, 12));
  out.push_back(typed<std::uint8_t>(random_grid({9, 8, 7}, {0.2, 100, false}, seed + 3), 2, 0));
  out.push_back(typed<std::int8_t>(random_grid({7, 6, 5}, {0.9, 60, false}, seed + 4), -2, 3));
  out.push_back(typed<std::uint32_t>(random_grid({7, 6, 5}, {0.9, 60, false}, seed + 5), 60000000, 3));
  out.push_back(typed<std::uint16_t>(oracle::Grid{{4, 3, 2}, std::vector<int>(24, 5)}, 1000, 0));
  out.push_back(typed<std::int16_t>(random_grid({30, 29, 28}, {0.8, 50, true}, seed + 6), -20, 300));  // several tiles
  return out;
}

}  // namespace radloom::test
