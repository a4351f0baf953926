#pragma once
// The image type LBP3D: local binary patterns on a sphere by spherical harmonics (Banerjee et al. 2013), as PyRadiomics computes them:
// samples at the vertices of an icosphere, by cubic B-splines, 0 beyond the border and rounded where the image holds integers; a sample
// is 1 where it is at least the voxel in the middle. One image for each degree of the harmonics: the real part of the root of the sum
// of squares of the pattern's part of that degree. Then the kurtosis of the samples, not a number where they are all the same.
// As there, the vertices' (x, y, z) are added to places in the order (z, y, x), and the polar angle is taken for the azimuth and the
// other way round.
#include <vector>

#include "filters/registry.hpp"

namespace radloom::lbp3d {

/// The vertices of an icosahedron, each of whose triangles is cut into four so many times, on a sphere.
std::vector<std::array<double, 3>> icosphere(int subdivisions, double radius);

/// Needs the whole image: B-spline coefficients are recursive along all of a line.
Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole);
std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token& stop);

}  // namespace radloom::lbp3d
