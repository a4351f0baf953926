#include <fmt/format.h>

#include <algorithm>

#include "catalogue/image_types.hpp"
#include "catalogue/lookup.hpp"
#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"

namespace radloom {
namespace {

/// The shape of the whole region does not depend on intensities, so it is reported once, before the image types.
bool is_shape(Family family) { return family == Family::shape || family == Family::shape2d; }

/// The features a request stands for: those named, in that order, each once; else all that are on by default. What PyRadiomics
/// calls deprecated is on in the ibsi convention, where the twin is a feature of the standard like any other.
std::vector<const FeatureDefinition*> requested(const FamilyRequest& request, Convention convention) {
  std::vector<const FeatureDefinition*> result;
  if (request.features.empty()) {
    for (const auto& row : features(request.family))
      if (convention == Convention::ibsi || (!row.deprecated && !row.pyradiomics.empty())) result.push_back(&row);
    return result;
  }
  for (const auto& name : request.features) {
    const FeatureDefinition* row = find_feature(request.family, name);
    if (!row)
      throw Error(ErrorCode::config_invalid,
          fmt::format("no feature '{}' in the family {}", name, family_name(request.family)));
    if (convention == Convention::pyradiomics && row->pyradiomics.empty())
      throw Error(ErrorCode::config_invalid,
          fmt::format("PyRadiomics has no feature '{}' in the family {}; use the convention ibsi, or leave it out",
              name, family_name(request.family)));
    if (std::find(result.begin(), result.end(), row) == result.end()) result.push_back(row);
  }
  return result;
}

/// How PyRadiomics' settings merge directions, in the standard's terms; empty where the standard has no name for it.
Aggregation merged_by(Family family, const Settings& settings) {
  const bool slices = settings.force_2d;
  switch (family) {
    case Family::glcm:
    case Family::glrlm:
      if (settings.weighting_norm == WeightingNorm::per_direction) return {"", slices ? "JJUI" : "ITBB"};
      if (settings.weighting_norm == WeightingNorm::no_weighting) return {"", slices ? "ZW7Z" : "IAZD"};
      return {};
    case Family::glszm:
    case Family::gldm:
    case Family::ngtdm: return {"", slices ? "62GR" : "KOBO"};
    default: return {};
  }
}

/// Every way in which the ibsi convention reports a family: those asked for, in the table's order; unless any is, in 3D both averaged
/// and merged, or with `force_2d` in 2.5D.
std::vector<Aggregation> aggregations(Family family, const Settings& settings) {
  const bool directions = family == Family::glcm || family == Family::glrlm;
  if (!directions && family != Family::glszm && family != Family::gldzm && family != Family::gldm &&
      family != Family::ngtdm)
    return {Aggregation{}};
  const auto& asked = settings.aggregations;
  const auto by_default = approach_of({}, settings);
  std::vector<Aggregation> result;
  for (int a = 0; a < approach_count; ++a)
    for (const auto& aggregation : aggregations_of(Approach(a), directions)) {
      const auto meant = [&](const std::string& word) {
        return directions ? word == aggregation.suffix
                          : approach_of({word, {}}, settings) == approach_of(aggregation, settings);
      };
      if (asked.empty() ? Approach(a) == by_default : std::any_of(asked.begin(), asked.end(), meant))
        result.push_back(aggregation);
    }
  return result;
}

void add_pyradiomics(std::vector<Column>& columns, const std::string& image_type, const Settings& settings,
    const FamilyRequest& request) {
  if (!is_pyradiomics_class(request.family))
    throw Error(
        ErrorCode::config_invalid, fmt::format("PyRadiomics has no family {}; use the convention ibsi, or leave it out",
                                       family_name(request.family)));
  for (const auto* row : requested(request, Convention::pyradiomics))
    columns.push_back({fmt::format("{}_{}_{}", image_type, family_name(row->family), row->pyradiomics), image_type, row,
        merged_by(row->family, settings)});
}

/// A family of PyRadiomics may hold features of several of the standard's: stat and ih. They come one after the other.
void add_ibsi(std::vector<Column>& columns, const std::string& image_type, const Settings& settings,
    const FamilyRequest& request) {
  const auto rows = requested(request, Convention::ibsi);
  std::vector<std::string_view> ibsi_families;
  for (const auto* row : rows)
    if (!row->ibsi.empty() &&
        std::find(ibsi_families.begin(), ibsi_families.end(), row->ibsi_family) == ibsi_families.end())
      ibsi_families.push_back(row->ibsi_family);
  for (const auto ibsi_family : ibsi_families)
    for (const auto& aggregation : aggregations(request.family, settings))
      for (const auto* row : rows)
        if (row->ibsi_family == ibsi_family)
          columns.push_back({fmt::format("{}_{}_{}{}{}", image_type, ibsi_family, row->ibsi_feature,
                                 aggregation.suffix.empty() ? "" : "_", aggregation.suffix),
              image_type, row, aggregation});
}

}  // namespace

std::vector<Column> columns(const Config& config) {
  std::vector<Column> result;
  const auto add = config.convention == Convention::ibsi ? add_ibsi : add_pyradiomics;
  // PyRadiomics reports shape before shape2D whatever the order of the file, and shape2D only where slices were asked for.
  for (const Family family : {Family::shape, Family::shape2d})
    for (const auto& request : config.families)
      if (request.family == family && (family == Family::shape || config.settings.force_2d))
        add(result, "original", config.settings, request);
  for (const auto& image_type : config.image_types)
    for (const auto& image : images_of(image_type, config.convention))
      for (const auto& request : config.families)
        if (!is_shape(request.family)) add(result, image.name, image_type.settings, request);
  return result;
}

}  // namespace radloom
