#pragma once
// Finding rows of the table by any of their names, and what became of features that PyRadiomics retired.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radloom/catalogue.hpp"
#include "radloom/config.hpp"

namespace radloom {

/// The aggregations there are, as columns end with them; the last three are of families without directions.
std::span<const Aggregation> aggregations_of(Approach approach, bool directions) noexcept;
/// The approach of a column: by its aggregation, or where that says nothing by `force_2d`.
Approach approach_of(const Aggregation& aggregation, const Settings& settings) noexcept;
/// The words a configuration may ask for aggregations with.
inline constexpr std::string_view aggregation_names[] = {"2d_avg", "2d_mrg", "25d_avg", "25d_mrg", "3d_avg", "3d_mrg"};
constexpr std::span<const std::string_view> aggregation_words() noexcept { return aggregation_names; }

/// The row of a family that goes by this name: PyRadiomics' ("JointAverage") or the standard's ("joint_average"). Null where
/// there is none.
const FeatureDefinition* find_feature(Family family, std::string_view name) noexcept;

/// What a family's name stands for: one of PyRadiomics' ("glcm", "shape2D") or one of the standard's ("morph", "stat", "ih",
/// "ngldm"), which chooses the features of a family that belong to it.
struct FamilyName {
  Family family;
  std::string_view ibsi_family;  ///< empty where PyRadiomics' name was given
};
/// One, two for "ih", none where nothing goes by this name.
std::vector<FamilyName> find_family(std::string_view name);
/// Every name `find_family` knows, PyRadiomics' first.
std::vector<std::string_view> family_names();

/// A feature whose name PyRadiomics still accepts while it computes nothing: it repeats another.
struct RetiredFeature {
  Family family;
  std::string_view pyradiomics;
  std::string_view instead;  ///< "glcm DifferenceAverage gives the same value"
};
std::span<const RetiredFeature> retired_features() noexcept;

}  // namespace radloom
