#pragma once
#include <cmath>
#include <numbers>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "families/shape2d/measure.hpp"

namespace radloom::shape2d {

/// All features of the family (PyRadiomics' shape2D; no IBSI twin) into `out[feature::shape2d::...]`, anything that is written by `[]`;
/// one thread calls.
template <class Out>
RL_HD void compute(const Measures& m, Out out) {
  namespace f = feature::shape2d;
  const double circle = 2 * sqrt(std::numbers::pi * m.area);  // perimeter of the circle of this area
  out[f::elongation] = sqrt(m.variance[0] / m.variance[1]);
  out[f::major_axis_length] = 4 * sqrt(m.variance[1]);
  out[f::maximum_diameter] = m.diameter;
  out[f::mesh_surface] = m.area;
  out[f::minor_axis_length] = 4 * sqrt(m.variance[0]);
  out[f::perimeter] = m.perimeter;
  out[f::perimeter_surface_ratio] = m.perimeter / m.area;
  out[f::pixel_surface] = double(m.pixels) * m.pixel_area;
  out[f::spherical_disproportion] = m.perimeter / circle;
  out[f::sphericity] = circle / m.perimeter;
}

}  // namespace radloom::shape2d
