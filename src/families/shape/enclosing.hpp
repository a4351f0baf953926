#pragma once
// What encloses a set of points: convex hull, boxes, ellipsoids.
#include <array>
#include <cstdint>
#include <vector>

#include "families/shape/measure.hpp"

namespace radloom::shape {

/// Volume and surface area of a body, mm^3 and mm^2.
struct Size {
  double volume = 0, area = 0;
};

/// A corner of the hull, and a face: its outward unit normal, and its area.
struct Face {
  Position normal;
  double area;
};
/// Where two faces meet.
struct Edge {
  std::array<std::uint32_t, 2> corner, face;
};
struct Hull {
  Size size;
  std::vector<Position> corners;
  std::vector<Face> faces;  ///< coplanar triangles are one
  std::vector<Edge> edges;
};

/// The convex hull, by Qhull. Throws Error(internal) where the points do not span a volume, which vertices of a mesh do.
Hull convex_hull(const std::vector<Position>& points);

/// The box along the axes.
Size aligned_box(const std::vector<Position>& points);

/// The smallest box that has a face in the plane of a face of the hull. (The smallest of all boxes need not, but O'Rourke's exact
/// search is cubic; the manual leaves the method open.) Cost: faces times edges.
Size oriented_box(const Hull& hull);

/// The half axes of the smallest ellipsoid that holds the points, ascending: Khachiyan's method with away steps (Todd and Yildirim
/// 2007), until the volume is within 1e-7 of the smallest.
std::array<double, 3> enclosing_ellipsoid(const std::vector<Position>& points);

/// Volume and area of an ellipsoid of half axes a >= b >= c. The area by the manual's series of Legendre polynomials, up to degree 20, as the
/// reference values have it. It is no surface area but for a sphere (a ball flattened to half its height: 19 % too much), since its second
/// eccentricity is taken along a and not along b.
Size ellipsoid(double a, double b, double c);

}  // namespace radloom::shape
