#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/bit_mask.hpp"
#include "core/hull.hpp"
#include "families/shape/measure.hpp"

namespace radloom::shape {

/// Vertices of the mesh on the doubled grid, whose odd numbers are voxels and whose even ones lie half-way between them. Of a line of
/// vertices only the two ends can be ends of a longest distance, and of a plane only corners of its hull, which is exact (integers). Hulls are made
/// as they are asked for: of most planes and vertices their distance from a middle tells that a longer line was found already.
class Vertices {
 public:
  Vertices(const BitMask& mask, const std::array<double, 3>& spacing_mm);

  /// Largest squared distances, mm^2: within planes of equal z, of equal y, of equal x, and anywhere; 0 where there is no vertex.
  std::array<double, 4> squared_diameters();

  /// Those that are corners of the hulls of each of their three planes, as every corner of the convex hull is: mm, by z, then y, then x.
  std::vector<Position> candidates();

 private:
  using Point = std::array<std::int64_t, 3>;

  /// The ends of all lines along an axis, by planes of equal z.
  struct Lines {
    std::int64_t count, planes;           ///< lines of a plane, some of them beyond the grid
    std::vector<std::int32_t> low, high;  ///< `none` and -`none` where a line has no vertex
    std::vector<std::uint8_t> corner;     ///< bits, see Plane

    explicit Lines(const BitMask& mask);
  };
  static constexpr std::int32_t none = 1 << 30;

  /// Lines that lie in a plane.
  struct Plane {
    Lines* lines;
    std::int64_t first, step, count;
    double across_mm, along_mm;  ///< from line to line, and from vertex to vertex
    int bit;                     ///< in `corner`, of the low end; the next is that of the high one
  };
  Plane plane(int axis, std::int64_t i);

  /// From a point, moved into every plane of equal z, and into every plane across those that holds lines: squared distances to the farthest
  /// vertex of the plane, less than 0 where it has none. In the longest of the three steps.
  struct Reach {
    std::vector<float> within, across;
  };
  Reach reach(const Lines& lines, int axis, const Point& from) const;
  Point farthest(const Reach& reach, const Point& from) const;

  /// Distance, likewise.
  double squared(const Point& a, const Point& b) const;
  double largest_within(int axis, const std::vector<float>& reach);
  double largest_anywhere(const Reach& of_centre, const Point& centre);
  /// Marks the corners of a plane's hull, and leaves them in `hull_`.
  void find_corners(int axis, std::int64_t i);
  /// In each of its three planes? An end of its line along x.
  bool is_corner(const Point& p, bool high);

  Point size_;
  std::array<double, 3> step_mm_;
  double longest_step_mm_;
  std::array<double, 3> step_;  ///< in the longest one, so that floats hold squares of distances
  Lines along_x_, along_y_;
  std::vector<bool> found_[3];  ///< planes whose corners are marked
  std::vector<Strip> strips_;
  std::vector<HullPoint> hull_;
};

}  // namespace radloom::shape
