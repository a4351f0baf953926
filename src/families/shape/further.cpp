#include "families/shape/further.hpp"

#include <tbb/parallel_invoke.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "catalogue/indices.hpp"
#include "core/count_inside.hpp"
#include "core/sums.hpp"
#include "families/shape/autocorrelation.hpp"
#include "families/shape/enclosing.hpp"

namespace radloom::shape {
namespace {

namespace f = feature::shape;

template <class Weight>
Weighted weigh(const Volume& mask, const Weight& weight) {
  const auto inside = mask.as<std::uint8_t>();
  const auto& n = mask.geometry().size;
  const auto& spacing_mm = mask.geometry().spacing_mm;
  const std::int64_t voxels = count_inside(inside);
  std::vector<double> weights, terms;
  std::vector<std::int64_t> end_of_row;
  std::vector<std::int32_t> x_of;
  terms.resize(std::size_t(voxels));
  weights.reserve(terms.size());
  x_of.reserve(terms.size());
  std::size_t i = 0;
  for (std::int64_t row = 0; row < n[1] * n[2]; ++row) {
    for (std::int64_t x = 0; x < n[0]; ++x, ++i)
      if (inside[i]) {
        weights.push_back(weight(i));
        x_of.push_back(std::int32_t(x));
      }
    end_of_row.push_back(std::int64_t(weights.size()));
  }
  Weighted out;
  out.voxels = double(voxels);
  out.weight = pairwise_sum(voxels, [&](auto v) { return weights[v]; });
  for (int d = 0; d < 3; ++d) {
    std::int64_t v = 0, row = 0;
    for (std::int64_t z = 0; z < n[2]; ++z)
      for (std::int64_t y = 0; y < n[1]; ++y, ++row)
        for (; v < end_of_row[row]; ++v) {
          const auto index = d == 0 ? x_of[v] : d == 1 ? y : z;
          terms[v] = weights[v] * (double(index) * spacing_mm[d]);
        }
    out.moment[d] = pairwise_sum(voxels, [&](auto k) { return terms[k]; });
  }
  return out;
}

void intensities(const Volume& image, const Volume& morphological, const Volume& intensity,
    const std::shared_ptr<KeptMemory>& memory, double* out) {
  const auto body = weigh(morphological, [](auto) { return 1.0; });
  image.visit(
      [&](auto voxels) { compute_masses(body, weigh(intensity, [&](auto i) { return double(voxels[i]); }), out); });
  if (std::isnan(out[f::integrated_intensity])) return;
  const auto correlation = autocorrelation(image, intensity, most_of_spectra, memory);
  out[f::morans_i_index] = correlation.morans_i;
  out[f::gearys_c_measure] = correlation.gearys_c;
}

}  // namespace

void compute_densities(const std::vector<Position>& points, double* out) {
  const auto against = [&](const Size& body, int volume, int area) {
    out[volume] = body.volume > 0 ? out[f::mesh_volume] / body.volume : NAN;
    out[area] = body.area > 0 ? out[f::surface_area] / body.area : NAN;
  };
  const Hull hull = convex_hull(points);
  against(hull.size, f::volume_density_convex_hull, f::area_density_convex_hull);
  against(aligned_box(points), f::volume_density_aabb, f::area_density_aabb);
  against(oriented_box(hull), f::volume_density_ombb, f::area_density_ombb);
  const auto [c, b, a] = enclosing_ellipsoid(hull.corners);
  against(ellipsoid(a, b, c), f::volume_density_mvee, f::area_density_mvee);
  if (const double least = out[f::least_axis_length]; least > 0)  // a flat region has no such ellipsoid
    against(ellipsoid(out[f::major_axis_length] / 2, out[f::minor_axis_length] / 2, least / 2), f::volume_density_aee,
        f::area_density_aee);
}

void compute_further(const Volume& image, const Volume& morphological, const Volume& intensity,
    const std::shared_ptr<KeptMemory>& memory, double* out) {
  tbb::parallel_invoke([&] { compute_densities(hull_candidates(morphological), out); },
      [&] { intensities(image, morphological, intensity, memory, out); });
}

bool is_further(int feature) {
  switch (feature) {
    case f::area_density_aabb:
    case f::area_density_aee:
    case f::area_density_convex_hull:
    case f::area_density_mvee:
    case f::area_density_ombb:
    case f::centre_of_mass_shift:
    case f::gearys_c_measure:
    case f::integrated_intensity:
    case f::morans_i_index:
    case f::volume_density_aabb:
    case f::volume_density_aee:
    case f::volume_density_convex_hull:
    case f::volume_density_mvee:
    case f::volume_density_ombb: return true;
    default: return false;
  }
}

}  // namespace radloom::shape
