#include "backend/columns.hpp"

#include <cmath>

#include "catalogue/indices.hpp"

namespace radloom::backend {
namespace {

Undefined reason(const Region& region, Family family, const RegionFacts& facts) {
  if (family == Family::shape2d && flat_axis(region) < 0) return Undefined::not_planar;
  if (facts.voxels == 1) return Undefined::one_voxel;
  if (family == Family::shape || family == Family::shape2d) return Undefined::flat;
  if (family != Family::firstorder && facts.no_pairs) return Undefined::no_neighbours;
  return facts.gray_levels == 1 ? Undefined::one_gray_level : Undefined::not_finite;
}

}  // namespace

Wanted::Wanted(const Region& region) {
  for (const auto& c : region.columns) {
    family[int(c.feature->family)] = true;
    const bool merge =
        c.aggregation.suffix == "3d_mrg" || (region.convention == Convention::pyradiomics &&
                                                region.settings->weighting_norm != WeightingNorm::per_direction);
    (merge ? merged : averaged) = true;
    maximal_correlation |= c.feature->family == Family::glcm && c.feature->index == feature::glcm::mcc;
  }
}

bool Wanted::textures() const {
  for (const auto f : {Family::glcm, Family::glrlm, Family::glszm, Family::gldm, Family::ngtdm})
    if (family[int(f)]) return true;
  return false;
}

int flat_axis(const Region& region) {
  const int axis = 2 - region.settings->force_2d_dimension;
  return region.mask.geometry().size[axis] == 1 ? axis : -1;
}

std::vector<FeatureValue> values_of_columns(
    const Region& region, const std::array<FamilyValues, family_count>& values, const RegionFacts& facts) {
  std::vector<FeatureValue> out;
  out.reserve(region.columns.size());
  for (const auto& c : region.columns) {
    const auto& v = values[int(c.feature->family)];
    const auto& set = c.aggregation.suffix == "3d_mrg" || v.averaged.empty() ? v.merged : v.averaged;
    const double value = set.empty() ? NAN : set[c.feature->index];
    if (std::isfinite(value)) out.push_back({value, Undefined::none});
    else out.push_back({0, reason(region, c.feature->family, facts)});
  }
  return out;
}

}  // namespace radloom::backend
