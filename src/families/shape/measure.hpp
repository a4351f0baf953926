#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::shape {

/// What the shape features are made of. Lengths in mm.
struct Measures {
  std::int64_t voxels = 0;
  double area = 0;    ///< of the mesh, mm^2
  double volume = 0;  ///< enclosed by the mesh, mm^3
  /// Largest distance of two mesh vertices: within a plane of equal z, of equal y, of equal x, and anywhere.
  double diameter_slice = 0, diameter_column = 0, diameter_row = 0, diameter = 0;
  double variance[3] = {};  ///< along the principal axes, ascending, mm^2 (over N, as PyRadiomics and IBSI)
};

/// Measures a mask (uint8, not 0 inside). Counts are integers, so nothing depends on order or threads.
///
/// Mesh: a histogram of the 254 surface patterns and the sums of their positions give area and volume exactly, whatever
/// the number of cubes. Diameters: a pair at the largest distance lies on the convex hull, so only points that are corners of the
/// hull of each of their three planes are compared, and of those only such as a line found first leaves a
/// chance. Cost: bits of the mask once, then the surface.
Measures measure(const Volume& mask);

using Position = std::array<double, 3>;  ///< mm
/// Vertices of the mesh, all corners of its convex hull among them, mm from a corner of the grid. Few: of a ball of 2 million voxels some
/// thousands.
std::vector<Position> hull_candidates(const Volume& mask);

}  // namespace radloom::shape
