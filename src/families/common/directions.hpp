#pragma once
#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "radloom/config.hpp"

namespace radloom {

using Offset = std::array<int, 3>;  ///< (x, y, z) in voxels

/// The neighbours at the given Chebyshev distances, (z, y, x) descending, without those that leave the plane of a 2D run.
/// `half` keeps one of each pair of opposite directions: the one whose first non-zero of (z, y, x) is positive.
inline std::vector<Offset> neighbours(const std::vector<int>& distances, const Settings& s, bool half) {
  const int reach = *std::max_element(distances.begin(), distances.end());
  std::vector<Offset> offsets;
  for (int z = reach; z >= -reach; --z)
    for (int y = reach; y >= -reach; --y)
      for (int x = reach; x >= -reach; --x) {
        const int distance = std::max({std::abs(x), std::abs(y), std::abs(z)});
        if (std::find(distances.begin(), distances.end(), distance) == distances.end()) continue;
        if (s.force_2d && (s.force_2d_dimension == 0 ? z : s.force_2d_dimension == 1 ? y : x) != 0) continue;
        if (half && !(z > 0 || (z == 0 && (y > 0 || (y == 0 && x > 0))))) continue;
        offsets.push_back({x, y, z});
      }
  return offsets;
}

/// The distances of the neighbours that gray tone differences and dependences look at: the standard's neighbourhoods hold all voxels up to a
/// distance (3.10, 3.11), PyRadiomics' those at the distances named.
inline std::vector<int> neighbourhood_distances(const Settings& s, Convention convention) {
  if (convention == Convention::pyradiomics) return s.distances;
  std::vector<int> all;
  for (int d = 1; d <= *std::max_element(s.distances.begin(), s.distances.end()); ++d) all.push_back(d);
  return all;
}

}  // namespace radloom
