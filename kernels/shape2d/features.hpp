#pragma once
#include <cmath>

#include "families/shape2d/contour.hpp"
#include "families/shape2d/formulas.hpp"
#include "kernels/shape/features.hpp"
#include "kernels/shape2d/tuning.hpp"

namespace radloom::shape2d {

/// The features of plane figures from what kernels/shape counts of them as bodies one voxel thick: their squares are the cubes that have the
/// figure on their near side, and the longest line is that within the plane of the voxels.
///
/// Grid: one thread a region.
struct Features {
  Span<const shape::BodyRegion> bodies;  ///< the flat regions
  Span<const std::uint64_t> patterns, moments, largest;
  Span<const std::int32_t> body_of;  ///< each region's number among them, -1 for a region of several slices
  std::int32_t axis;                 ///< across the plane, 0 = x
  Span<double> features;             ///< feature::shape2d::count a region

  static constexpr int max_threads = tuning::feature_threads;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const std::int64_t region = std::int64_t(exec.block()) * exec.threads() + exec.thread();
    if (region >= body_of.size) return;
    const auto out = exec.global(features.part(region * feature::shape2d::count, feature::shape2d::count));
    const std::int32_t body = exec.global(body_of)[region];
    if (body < 0) {
      for (int f = 0; f < feature::shape2d::count; ++f) out.set(f, NAN);
      return;
    }
    const shape::BodyRegion r = exec.global(bodies)[body];
    const int u_axis = axis == 0 ? 1 : 0, v_axis = axis == 2 ? 1 : 2;
    const double su = r.spacing_mm[u_axis], sv = r.spacing_mm[v_axis];

    // Corner (u, v) of a square is this corner of the cube, on the side of lower indices across the plane.
    const int corner[4] = {0, axis == 0 ? 3 : 1, axis == 0 ? 7 : axis == 1 ? 5 : 2, axis == 2 ? 3 : 4};
    const auto cubes = exec.global(patterns.part(body * std::int64_t(shape::pattern_words), shape::pattern_words));
    std::int64_t squares[pattern_words] = {};
    for (int p = 1; p < 15; ++p) {
      int cube = 0;
      for (int c = 0; c < 4; ++c) cube |= (p >> c & 1) << corner[c];
      const auto n = std::int64_t(cubes[4 * cube]);
      squares[3 * p] = n;  // positions of cubes count from 1 before the grid on
      squares[3 * p + 1] = std::int64_t(cubes[4 * cube + 1 + u_axis]) - n;
      squares[3 * p + 2] = std::int64_t(cubes[4 * cube + 1 + v_axis]) - n;
    }
    const auto contour = contour_size(squares, su, sv);

    // The plane as the cpu has it: along z there is one voxel.
    const auto all = shape::moments_of(exec.global(moments), body);
    IndexMoments plane;
    plane.voxels = all.voxels;
    plane.sum[0] = all.sum[u_axis];
    plane.sum[1] = all.sum[v_axis];
    plane.product[0][0] = all.product[u_axis][u_axis];
    plane.product[0][1] = all.product[u_axis][v_axis];
    plane.product[1][1] = all.product[v_axis][v_axis];
    double variance[3];
    principal_variances(plane, {su, sv, 1}, variance);

    Measures m;
    m.pixels = all.voxels;
    m.pixel_area = su * sv;
    m.area = contour.area;
    m.perimeter = contour.perimeter;
    m.diameter = shape::length_of(exec.global(largest)[4 * std::int64_t(body) + 2 - axis]);
    m.variance[0] = variance[1];  // the axis across the plane has none
    m.variance[1] = variance[2];
    compute(m, out);
  }
};

}  // namespace radloom::shape2d
