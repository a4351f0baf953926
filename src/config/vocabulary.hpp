#pragma once
// The words of the two kinds of files beside the settings.
#include <string>
#include <string_view>
#include <vector>

#include "config/settings_table.hpp"
#include "radloom/config.hpp"

namespace radloom::config {

inline constexpr std::string_view schema_name = "radloom.config/1";

/// Top-level keys.
const std::vector<std::string>& radloom_parts();
const std::vector<std::string>& pyradiomics_parts();

/// Keys of PyRadiomics' voxelSetting.
const std::vector<std::string>& voxel_settings();
/// Family names a dialect takes.
std::vector<std::string> family_keys(Dialect dialect);
/// The families of a file that names none: in the ibsi convention those with features of the standard, in its order; else all of
/// PyRadiomics', in its order.
std::vector<FamilyRequest> default_families(Convention convention);

}  // namespace radloom::config
