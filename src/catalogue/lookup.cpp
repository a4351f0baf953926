#include "catalogue/lookup.hpp"

#include <algorithm>
#include <array>

namespace radloom {
namespace {

constexpr RetiredFeature retired[] = {
    {Family::glcm, "Dissimilarity", "it equals DifferenceAverage"},
    {Family::glcm, "Homogeneity1", "it equals Id"},
    {Family::glcm, "Homogeneity2", "it equals Idm"},
    {Family::glcm, "SumVariance", "it equals ClusterTendency"},
    {Family::gldm, "DependencePercentage", "it is always 1"},
    {Family::gldm, "GrayLevelNonUniformityNormalized", "it equals firstorder Uniformity"},
};

constexpr Aggregation with_directions[] = {{"2d_avg", "BTW3"}, {"2d_mrg", "SUJT"}, {"25d_avg", "JJUI"},
    {"25d_mrg", "ZW7Z"}, {"3d_avg", "ITBB"}, {"3d_mrg", "IAZD"}};
constexpr Aggregation without_directions[] = {{"2d", "8QNN"}, {"25d", "62GR"}, {"3d", "KOBO"}};

}  // namespace

std::span<const Aggregation> aggregations_of(Approach approach, bool directions) noexcept {
  return directions ? std::span(with_directions).subspan(2 * std::size_t(approach), 2)
                    : std::span(without_directions).subspan(std::size_t(approach), 1);
}

Approach approach_of(const Aggregation& aggregation, const Settings& settings) noexcept {
  if (aggregation.suffix.starts_with("2d")) return Approach::slices;
  if (aggregation.suffix.starts_with("25d")) return Approach::merged_slices;
  if (aggregation.suffix.starts_with("3d")) return Approach::volume;
  return settings.force_2d ? Approach::merged_slices : Approach::volume;
}

const FeatureDefinition* find_feature(Family family, std::string_view name) noexcept {
  for (const auto& row : features(family))
    if (!name.empty() && (row.pyradiomics == name || row.ibsi_feature == name)) return &row;
  return nullptr;
}

std::vector<FamilyName> find_family(std::string_view name) {
  for (int i = 0; i < family_count; ++i)
    if (is_pyradiomics_class(Family(i)) && family_name(Family(i)) == name) return {{Family(i), {}}};
  std::vector<FamilyName> found;
  for (const auto& row : features())
    if (!name.empty() && row.ibsi_family == name && (found.empty() || found.back().family != row.family))
      found.push_back({row.family, row.ibsi_family});
  return found;
}

std::vector<std::string_view> family_names() {
  std::vector<std::string_view> names;
  for (int i = 0; i < family_count; ++i)
    if (is_pyradiomics_class(Family(i))) names.push_back(family_name(Family(i)));
  for (const auto& row : features())
    if (!row.ibsi_family.empty() && std::find(names.begin(), names.end(), row.ibsi_family) == names.end())
      names.push_back(row.ibsi_family);
  return names;
}

std::span<const RetiredFeature> retired_features() noexcept { return retired; }

}  // namespace radloom
