#pragma once
#include <cstdint>

#include "radloom/volume.hpp"

namespace radloom::shape2d {

/// What the features of a plane figure are made of. Lengths in mm.
struct Measures {
  std::int64_t pixels = 0;
  double pixel_area = 0;  ///< of one pixel, mm^2
  double area = 0;        ///< within the contour, mm^2
  double perimeter = 0;
  double diameter = 0;      ///< largest distance of two contour vertices
  double variance[2] = {};  ///< along the principal axes, ascending, mm^2
};

/// Measures a mask that is one voxel thick along `axis` (0 = x, 1 = y, 2 = z), by marching squares.
Measures measure(const Volume& mask, int axis);

}  // namespace radloom::shape2d
