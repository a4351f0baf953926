#pragma once
/// Distance zones by their definition: distances layer by layer, zones by flood filling.
#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "support/oracle.hpp"

namespace radloom::oracle {

/// Steps to a face neighbour out of `inside`, along no axis `flat`.
inline std::vector<int> distances(const Grid& inside, int flat) {
  std::vector<int> out(inside.level.size(), 0);
  const auto at = [&](int x, int y, int z) { return std::size_t((z * inside.size[1] + y) * inside.size[0] + x); };
  for (int d = 1, left = 1; left; ++d) {
    left = 0;
    auto next = out;
    for (int z = 0; z < inside.size[2]; ++z)
      for (int y = 0; y < inside.size[1]; ++y)
        for (int x = 0; x < inside.size[0]; ++x) {
          if (!inside.at(x, y, z) || out[at(x, y, z)]) continue;
          bool out_in_d = false;
          for (int axis = 0; axis < 3; ++axis)
            for (const int step : {-1, 1}) {
              if (axis == flat) continue;
              const int p = x + (axis == 0) * step, q = y + (axis == 1) * step, r = z + (axis == 2) * step;
              const bool beyond = !inside.at(p, q, r);  // outside the grid too
              out_in_d |= d == 1 ? beyond : !beyond && out[at(p, q, r)] == d - 1;
            }
          if (out_in_d) next[at(x, y, z)] = d;
          else ++left;
        }
    out = next;
  }
  return out;
}

struct Zone {
  int level, distance;
};

/// The zones of `levels`, none of which extends along the axis `flat` (-1: none), each with the smallest distance of its voxels.
inline std::vector<Zone> zones(const Grid& levels, const std::vector<int>& distance, int flat) {
  const auto& n = levels.size;
  const auto at = [&](int x, int y, int z) { return std::size_t((z * n[1] + y) * n[0] + x); };
  std::vector<char> seen(levels.level.size());
  std::vector<Zone> out;
  for (int z = 0; z < n[2]; ++z)
    for (int y = 0; y < n[1]; ++y)
      for (int x = 0; x < n[0]; ++x) {
        const int level = levels.at(x, y, z);
        if (!level || seen[at(x, y, z)]) continue;
        Zone zone{level, 1 << 20};
        std::deque<std::array<int, 3>> open{{x, y, z}};
        seen[at(x, y, z)] = 1;
        while (!open.empty()) {
          const auto p = open.front();
          open.pop_front();
          zone.distance = std::min(zone.distance, distance[at(p[0], p[1], p[2])]);
          for (int c = -1; c <= 1; ++c)
            for (int b = -1; b <= 1; ++b)
              for (int a = -1; a <= 1; ++a) {
                if ((flat == 0 && a) || (flat == 1 && b) || (flat == 2 && c)) continue;
                const std::array<int, 3> q{p[0] + a, p[1] + b, p[2] + c};
                if (levels.at(q[0], q[1], q[2]) != level || seen[at(q[0], q[1], q[2])]) continue;
                seen[at(q[0], q[1], q[2])] = 1;
                open.push_back(q);
              }
        }
        out.push_back(zone);
      }
  return out;
}

}  // namespace radloom::oracle
