#pragma once
#include <cmath>
#include <numbers>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "families/shape/measure.hpp"

namespace radloom::shape {

/// Sums over the voxels of a mask, each of a weight.
struct Weighted {
  double weight = 0;
  double moment[3] = {};  ///< weight times place, mm, from the same point for all that are compared
  double voxels = 0;
};

/// Sums over all pairs of voxels i, j, i != j, where w_ij is the inverse of their distance and v an intensity less the mean.
struct PairTotals {
  double weights = 0;   ///< of w_ij
  double products = 0;  ///< of w_ij v_i v_j
  double squares = 0;   ///< of w_ij v_i v_i
};

/// Moran's I and Geary's C (IBSI 3.1.26 and 3.1.27); NaN for one voxel, or intensities without variance.
struct Autocorrelation {
  double morans_i = double(NAN), gearys_c = double(NAN);
};

/// `squares`: the sum of v_i v_i over the `voxels`.
RL_HD inline Autocorrelation autocorrelation_of(const PairTotals& pairs, double voxels, double squares) {
  if (voxels < 2 || !(squares > 0)) return {};
  // sum of w_ij (x_i - x_j)^2 = 2 sum of w_ij v_i v_i - 2 sum of w_ij v_i v_j
  return {voxels / pairs.weights * pairs.products / squares,
      (voxels - 1) / (2 * pairs.weights) * (2 * pairs.squares - 2 * pairs.products) / squares};
}

/// Integrated intensity and centre of mass shift (IBSI 3.1.23 and 3.1.13) of a body whose other features `out` has: `body` has weights of 1,
/// `mass` the intensities. Written where there are intensities, and where they do not add up to 0. One thread calls.
template <class Out>
RL_HD void compute_masses(const Weighted& body, const Weighted& mass, Out out) {
  namespace f = feature::shape;
  if (mass.voxels == 0) return;
  out[f::integrated_intensity] = mass.weight / mass.voxels * double(out[f::mesh_volume]);
  if (mass.weight == 0) return;
  double square = 0;
  for (int d = 0; d < 3; ++d) {
    const double apart = mass.moment[d] / mass.weight - body.moment[d] / body.weight;
    square += apart * apart;
  }
  out[f::centre_of_mass_shift] = sqrt(square);
}

/// All features of the family (IBSI 3.1) that these measures make into `out[feature::shape::...]`. The standard's reference values for axis lengths take
/// variances over N - 1, PyRadiomics over N. The others (`compute_further`)
/// are NaN until they are made. `out` is anything that is written by `[]`; one thread calls.
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
