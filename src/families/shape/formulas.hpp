#pragma once
#include <cmath>
#include <numbers>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "families/shape/measure.hpp"

namespace radloom::shape {

/// All features of the family (IBSI 3.1) that these measures make into `out[feature::shape::...]`. The standard's reference values for axis lengths take
/// variances over N - 1, PyRadiomics over N. The others are made on the host
/// (`compute_further`) and NaN until then. `out` is anything that is written by `[]`; one thread calls.
template <class Out>
RL_HD void compute(const Measures& m, const double (&spacing_mm)[3], bool pyradiomics, Out out) {
  namespace f = feature::shape;
  constexpr double pi = std::numbers::pi;
  const double axis = 4 * sqrt(pyradiomics ? 1 : double(m.voxels) / double(m.voxels - 1));
  const double sphere = cbrt(36 * pi * m.volume * m.volume);  // area of the sphere of this volume
  for (int i = 0; i < f::count; ++i) out[i] = double(NAN);
  out[f::asphericity] = m.area / sphere - 1;
  out[f::compactness_1] = m.volume / (sqrt(m.area * m.area * m.area) * sqrt(pi));
  out[f::compactness_2] = 36 * pi * (m.volume * m.volume) / (m.area * m.area * m.area);
  out[f::elongation] = sqrt(m.variance[1] / m.variance[2]);
  out[f::flatness] = sqrt(m.variance[0] / m.variance[2]);
  out[f::least_axis_length] = axis * sqrt(m.variance[0]);
  out[f::major_axis_length] = axis * sqrt(m.variance[2]);
  out[f::maximum_2d_diameter_column] = m.diameter_column;
  out[f::maximum_2d_diameter_row] = m.diameter_row;
  out[f::maximum_2d_diameter_slice] = m.diameter_slice;
  out[f::maximum_3d_diameter] = m.diameter;
  out[f::mesh_volume] = m.volume;
  out[f::minor_axis_length] = axis * sqrt(m.variance[1]);
  out[f::spherical_disproportion] = m.area / sphere;
  out[f::sphericity] = sphere / m.area;
  out[f::surface_area] = m.area;
  out[f::surface_volume_ratio] = m.area / m.volume;
  out[f::voxel_volume] = double(m.voxels) * (spacing_mm[2] * spacing_mm[0] * spacing_mm[1]);
}

}  // namespace radloom::shape
