#pragma once
#include <string>

#include "cohort/manifest.hpp"
#include "radloom/config.hpp"

namespace radloom::cohort {

/// What is wrong with the files of a row, as one line, or nothing: reads both headers and no voxel. With settings, the grids
/// are compared too, where these do not have the mask resampled.
std::string inspect(const ManifestRow& row, const Settings* settings = nullptr);

}  // namespace radloom::cohort
