#pragma once
// Finding rows of the table by any of their names, and what became of features that PyRadiomics retired.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radloom/catalogue.hpp"

namespace radloom {

/// The row of a family that goes by this name: PyRadiomics' ("JointAverage") or the standard's ("joint_average"). Null where
/// there is none.
const FeatureDefinition* find_feature(Family family, std::string_view name) noexcept;

/// What a family's name stands for: one of PyRadiomics' ("glcm", "shape2D") or one of the standard's ("morph", "stat", "ih",
/// "ngldm"), which chooses the features of a PyRadiomics family that belong to it.
struct FamilyName {
  Family family;
  std::string_view ibsi_family;  ///< empty where PyRadiomics' name was given
};
std::optional<FamilyName> find_family(std::string_view name) noexcept;
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
