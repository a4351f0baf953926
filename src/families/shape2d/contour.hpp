#pragma once
#include <array>
#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::shape2d {

/// Words of the view of patterns: for each of the 16 patterns of four corners how many squares have it, then the sums of the positions
/// (u, v) of their corner 0, from -1 on. Corners of a square as (u, v): 0 (0,0), 1 (1,0), 2 (1,1), 3 (0,1).
inline constexpr int pattern_words = 3 * 16;

namespace contour {

/// The contour crosses edges in their middle; edge e runs from corner e to the next.
inline constexpr double edge_middle[4][2] = {{0.5, 0}, {1, 0.5}, {0.5, 1}, {0, 0.5}};

/// Segments of a pattern as pairs of edges, the inside on one and the same hand. Where two opposite corners are inside, they
/// are kept apart (5) as PyRadiomics does, or joined (10) likewise.
struct Segments {
  int n;
  int edge[2][2];
};
inline constexpr Segments segments[16] = {{0, {}}, {1, {{3, 0}}}, {1, {{0, 1}}}, {1, {{3, 1}}}, {1, {{1, 2}}},
    {2, {{1, 2}, {3, 0}}}, {1, {{0, 2}}}, {1, {{3, 2}}}, {1, {{2, 3}}}, {1, {{2, 0}}}, {2, {{0, 1}, {2, 3}}},
    {1, {{2, 1}}}, {1, {{1, 3}}}, {1, {{1, 0}}}, {1, {{0, 3}}}, {0, {}}};

// The tables as words, since device code sees no table of the host.
constexpr std::uint64_t packed_segments(int s) {
  std::uint64_t word = 0;
  for (int p = 0; p < 16; ++p) word |= std::uint64_t(segments[p].edge[s][0] | segments[p].edge[s][1] << 2) << (4 * p);
  return word;
}
constexpr std::uint32_t packed_counts() {
  std::uint32_t word = 0;
  for (int p = 0; p < 16; ++p) word |= std::uint32_t(segments[p].n) << (2 * p);
  return word;
}
constexpr std::uint32_t packed_middles(int d) {
  std::uint32_t word = 0;
  for (int e = 0; e < 4; ++e) word |= std::uint32_t(2 * edge_middle[e][d]) << (2 * e);
  return word;
}
inline constexpr std::uint32_t segments_of = packed_counts();
inline constexpr std::uint64_t first_segments = packed_segments(0), second_segments = packed_segments(1);
inline constexpr std::uint32_t middle_u = packed_middles(0), middle_v = packed_middles(1);

}  // namespace contour

struct ContourSize {
  double perimeter = 0;  ///< mm
  double area = 0;       ///< mm^2
};

/// Length of the contour and the area within from the view `patterns`, for one thread. `su`, `sv`: spacing in mm.
template <class Patterns>
RL_HD ContourSize contour_size(Patterns patterns, double su, double sv) {
  ContourSize out;
  double twice = 0;
  for (int p = 0; p < 16; ++p) {
    const auto n = std::int64_t(patterns[3 * p]);
    if (n == 0) continue;
    const auto count = double(n);
    const auto u = double(std::int64_t(patterns[3 * p + 1])), v = double(std::int64_t(patterns[3 * p + 2]));
    for (int s = 0; s < int(contour::segments_of >> (2 * p) & 3); ++s) {
      const std::uint64_t words = s == 0 ? contour::first_segments : contour::second_segments;
      const int from = int(words >> (4 * p) & 3), to = int(words >> (4 * p + 2) & 3);
      const double a[2] = {
          0.5 * int(contour::middle_u >> (2 * from) & 3) * su, 0.5 * int(contour::middle_v >> (2 * from) & 3) * sv};
      const double b[2] = {
          0.5 * int(contour::middle_u >> (2 * to) & 3) * su, 0.5 * int(contour::middle_v >> (2 * to) & 3) * sv};
      out.perimeter += count * sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
      // Twice the area of the triangles with the origin: a part of the pattern's own, one linear in its position.
      twice += count * (a[0] * b[1] - b[0] * a[1]) + su * u * (b[1] - a[1]) - sv * v * (b[0] - a[0]);
    }
  }
  out.area = fabs(twice) / 2;
  return out;
}

}  // namespace radloom::shape2d
