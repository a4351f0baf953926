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

}  // namespace

const FeatureDefinition* find_feature(Family family, std::string_view name) noexcept {
  for (const auto& row : features(family))
    if (row.pyradiomics == name || (!row.ibsi_feature.empty() && row.ibsi_feature == name)) return &row;
  return nullptr;
}

std::optional<FamilyName> find_family(std::string_view name) noexcept {
  for (int i = 0; i < family_count; ++i)
    if (family_name(Family(i)) == name) return FamilyName{Family(i), {}};
  for (const auto& row : features())
    if (!name.empty() && row.ibsi_family == name) return FamilyName{row.family, row.ibsi_family};
  return std::nullopt;
}

std::vector<std::string_view> family_names() {
  std::vector<std::string_view> names;
  for (int i = 0; i < family_count; ++i) names.push_back(family_name(Family(i)));
  for (const auto& row : features())
    if (!row.ibsi_family.empty() && std::find(names.begin(), names.end(), row.ibsi_family) == names.end())
      names.push_back(row.ibsi_family);
  return names;
}

std::span<const RetiredFeature> retired_features() noexcept { return retired; }

}  // namespace radloom
