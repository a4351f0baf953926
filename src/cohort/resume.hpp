#pragma once
#include <filesystem>

#include "cohort/manifest.hpp"
#include "radloom/engine.hpp"

namespace radloom::cohort {

/// Whether a row's record is there and would come out the same: status ok, written by this version for this configuration,
/// these files and this label, and newer than the files (and than the manifest, where the row has settings of its own). With `verify`
/// the files are read and their SHA-256 compared with the record's, whatever their times.
bool is_done(const std::filesystem::path& record, const ManifestRow& row, const Manifest& manifest,
    const Engine& engine, bool verify);

}  // namespace radloom::cohort
