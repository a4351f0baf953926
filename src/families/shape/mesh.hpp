#pragma once
#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"
#include "families/shape/mesh_table.hpp"

namespace radloom::shape {

/// Words of the view of patterns: for each of the 256 patterns of eight corners how many cubes have it, then the sums of the positions
/// (x, y, z) of their corner 0, counted from 1 before the grid on. Cubes wholly inside or outside need not be counted.
inline constexpr int pattern_words = 4 * 256;

struct MeshSize {
  double area = 0;    ///< mm^2
  double volume = 0;  ///< mm^3
};

/// Area and volume of the mesh (IBSI 3.1.1 and 3.1.3) from the view `patterns`. The volume of a pattern is that of the cones from the
/// origin: a part of its own, and one linear in its position. Where two patterns meet in an ambiguous face the table leaves a hole,
/// and then the origin matters: it is one voxel before the region's box, where PyRadiomics' padding puts it.
///
/// `room` is a view of 512 doubles. Patterns are worked out by the whole team and added up in their order by one, so that every team
/// gets the same bits; the result is the leader's.
template <class Team, class Patterns, class Room>
RL_HD MeshSize mesh_size(
    const Team& team, const MeshTable& table, Patterns patterns, const double (&spacing)[3], Room room) {
  team.for_each(128, [&](std::int64_t i) {
    const int q = int(i), of_pair[2] = {q, q ^ 0xff};  // a pattern, and what is outside where it is inside
    for (const int p : of_pair) {
      room[2 * p] = 0.0;
      room[2 * p + 1] = 0.0;
    }
    if (std::int64_t(patterns[4 * q]) == 0 && std::int64_t(patterns[4 * of_pair[1]]) == 0) return;
    double area = 0, own = 0, linear[3] = {};
    for (int t = 0; t < table.triangles(q); ++t) {
      double c[3][3];  // corners of the triangle
      for (int k = 0; k < 3; ++k)
        for (int d = 0; d < 3; ++d) c[k][d] = 0.5 * table.doubled_middle(table.edge(q, 3 * t + k), d) * spacing[d];
      double product[3][3];  // a x b, b x c, c x a
      for (int k = 0; k < 3; ++k) {
        const double(&a)[3] = c[k], (&b)[3] = c[(k + 1) % 3];
        product[k][0] = a[1] * b[2] - a[2] * b[1];
        product[k][1] = a[2] * b[0] - a[0] * b[2];
        product[k][2] = a[0] * b[1] - a[1] * b[0];
      }
      double normal[3];
      for (int d = 0; d < 3; ++d) normal[d] = product[0][d] + product[1][d] + product[2][d];
      area += 0.5 * sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
      own += product[0][0] * c[2][0] + product[0][1] * c[2][1] + product[0][2] * c[2][2];
      for (int d = 0; d < 3; ++d) linear[d] += normal[d];
    }
    for (const int p : of_pair) {
      const auto count = double(std::int64_t(patterns[4 * p]));
      double volume = count * own;
      for (int d = 0; d < 3; ++d) volume += linear[d] * spacing[d] * double(std::int64_t(patterns[4 * p + 1 + d]));
      room[2 * p] = count * area;
      room[2 * p + 1] = (p == q ? -volume : volume) / 6;  // the table's triangles turn their back to the inside
    }
  });
  MeshSize size;
  team.once([&] {
    for (int p = 0; p < 256; ++p) {
      size.area += double(room[2 * p]);
      size.volume += double(room[2 * p + 1]);
    }
  });
  return size;
}

}  // namespace radloom::shape
