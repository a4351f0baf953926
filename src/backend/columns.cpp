#include "backend/columns.hpp"

#include <cmath>

#include "catalogue/indices.hpp"
#include "families/shape/further.hpp"

namespace radloom::backend {
namespace {

/// Features of the standard's own, whose reasons are their own too.
Undefined reason_within(const FeatureDefinition& feature, const RegionFacts& facts) {
  namespace f = radloom::feature;
  switch (feature.family) {
    case Family::shape:
      if (feature.index == f::shape::morans_i_index || feature.index == f::shape::gearys_c_measure)
        return facts.voxels == 1 ? Undefined::one_voxel : Undefined::no_spread;
      if (feature.index == f::shape::centre_of_mass_shift) return Undefined::no_spread;
      break;
    case Family::firstorder:
      if (feature.index == f::firstorder::coefficient_of_variation ||
          feature.index == f::firstorder::quartile_coefficient_of_dispersion)
        return Undefined::no_spread;
      break;
    case Family::ivh:
      if (feature.index == f::ivh::volume_at_10 || feature.index == f::ivh::volume_at_90 ||
          feature.index == f::ivh::volume_difference)
        return Undefined::no_spread;
      break;
    default: break;
  }
  return Undefined::none;
}

Undefined reason(const Region& region, const Column& column, const RegionFacts& facts) {
  const Family family = column.feature->family;
  const bool shape = family == Family::shape || family == Family::shape2d;
  if (family == Family::shape2d && flat_axis(region) < 0) return Undefined::not_planar;
  if ((shape ? facts.body : facts.voxels) == 1) return Undefined::one_voxel;
  if (const auto own = reason_within(*column.feature, facts); own != Undefined::none) return own;
  if (shape) return Undefined::flat;
  if (Wanted::is_texture(family) && facts.no_pairs[int(approach_of(column.aggregation, *region.settings))])
    return Undefined::no_neighbours;
  return facts.gray_levels == 1 ? Undefined::one_gray_level : Undefined::not_finite;
}

}  // namespace

Wanted::Wanted(const Region& region) {
  for (const auto& c : region.columns) add(region, c);
}

Wanted::Wanted(const Region& region, Approach approach) {
  for (const auto& c : region.columns)
    if (approach_of(c.aggregation, *region.settings) == approach) add(region, c);
}

void Wanted::add(const Region& region, const Column& c) {
  family[int(c.feature->family)] = true;
  const bool merge =
      c.aggregation.suffix.ends_with("_mrg") ||
      (region.convention == Convention::pyradiomics && region.settings->weighting_norm != WeightingNorm::per_direction);
  (merge ? merged : averaged) = true;
  maximal_correlation |= c.feature->family == Family::glcm && c.feature->index == feature::glcm::mcc;
  further_shape |= c.feature->family == Family::shape && shape::is_further(c.feature->index);
}

bool Wanted::is_texture(Family f) {
  switch (f) {
    case Family::glcm:
    case Family::glrlm:
    case Family::glszm:
    case Family::gldzm:
    case Family::gldm:
    case Family::ngtdm: return true;
    default: return false;
  }
}

bool Wanted::textures() const {
  for (int f = 0; f < family_count; ++f)
    if (family[f] && is_texture(Family(f))) return true;
  return false;
}

int flat_axis(const Region& region) {
  const int axis = 2 - region.settings->force_2d_dimension;
  return region.mask.geometry().size[axis] == 1 ? axis : -1;
}

std::vector<FeatureValue> values_of_columns(const Region& region, const Values& values, const RegionFacts& facts) {
  std::vector<FeatureValue> out;
  out.reserve(region.columns.size());
  for (const auto& c : region.columns) {
    const auto& v = values[int(approach_of(c.aggregation, *region.settings))][int(c.feature->family)];
    const auto& set = c.aggregation.suffix.ends_with("_mrg") || v.averaged.empty() ? v.merged : v.averaged;
    const double value = set.empty() ? NAN : set[c.feature->index];
    if (std::isfinite(value)) out.push_back({value, Undefined::none});
    else out.push_back({0, reason(region, c, facts)});
  }
  return out;
}

}  // namespace radloom::backend
