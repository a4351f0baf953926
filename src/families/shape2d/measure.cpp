#include "families/shape2d/measure.hpp"

#include <algorithm>
#include <cmath>

#include "core/bit_mask.hpp"
#include "core/hull.hpp"
#include "core/moments.hpp"
#include "families/shape2d/contour.hpp"

namespace radloom::shape2d {

Measures measure(const Volume& mask, int axis) {
  // The plane's own mask: u runs along the lower of the two axes left.
  const auto& g = mask.geometry();
  const int u_axis = axis == 0 ? 1 : 0, v_axis = axis == 2 ? 1 : 2;
  Geometry plane;
  plane.size = {g.size[u_axis], g.size[v_axis], 1};
  plane.spacing_mm = {g.spacing_mm[u_axis], g.spacing_mm[v_axis], 1};
  const auto in = mask.as<std::uint8_t>();
  const BitMask bits(Volume::from<std::uint8_t>(plane, {in.begin(), in.end()}));

  const double su = plane.spacing_mm[0], sv = plane.spacing_mm[1];
  std::int64_t patterns[pattern_words] = {};
  std::vector<Strip> strips;
  const auto width = 2 * bits.nx() + 1;
  std::vector<std::int64_t> low(2 * bits.ny() + 1, width), high(2 * bits.ny() + 1, -1);
  const auto vertex = [&](std::int64_t u, std::int64_t v) {  // doubled coordinates from -1 on
    low[v + 1] = std::min(low[v + 1], u + 1);
    high[v + 1] = std::max(high[v + 1], u + 1);
  };
  for (std::int64_t v = -1; v < bits.ny(); ++v) {
    const std::uint64_t *here = bits.row(v, 0), *below = bits.row(v + 1, 0);
    for (std::int64_t w = 0; w < bits.words(); ++w) {
      const std::uint64_t next = here[w] >> 1 | here[w + 1] << 63, next_below = below[w] >> 1 | below[w + 1] << 63;
      BitMask::for_each_bit(
          (here[w] | next | below[w] | next_below) & ~(here[w] & next & below[w] & next_below), 0, [&](std::int64_t b) {
            std::int64_t* const p = patterns + 3 * ((here[w] >> b & 1) | (next >> b & 1) << 1 |
                                                       (next_below >> b & 1) << 2 | (below[w] >> b & 1) << 3);
            ++p[0];
            p[1] += w * 64 + b - 1;
            p[2] += v;
          });
      BitMask::for_each_bit(here[w] ^ next, w, [&](auto b) { vertex(2 * b - 1, 2 * v); });
      BitMask::for_each_bit(here[w] ^ below[w], w, [&](auto b) { vertex(2 * b - 2, 2 * v + 1); });
    }
  }

  Measures out;
  const auto contour = contour_size(patterns, su, sv);
  out.perimeter = contour.perimeter;
  out.area = contour.area;
  for (std::size_t t = 0; t < low.size(); ++t)
    if (low[t] <= high[t]) strips.push_back({std::int64_t(t), low[t], high[t]});
  std::vector<HullPoint> hull;
  convex_hull(strips, hull);
  out.diameter = std::sqrt(squared_diameter(hull, sv / 2, su / 2));
  out.pixel_area = su * sv;
  double variance[3];
  const auto moments = index_moments(bits);
  out.pixels = moments.voxels;
  principal_variances(moments, {su, sv, 1}, variance);
  out.variance[0] = variance[1];  // the axis across the plane has none
  out.variance[1] = variance[2];
  return out;
}

}  // namespace radloom::shape2d
