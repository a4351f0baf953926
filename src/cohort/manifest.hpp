#pragma once
/// The list of a cohort's cases.
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/pairing.hpp"
#include "radloom/engine.hpp"

namespace radloom::cohort {

struct ManifestRow {
  std::size_t line = 0;   ///< where it stands in the file, from 1
  CaseInput input;        ///< paths made absolute or relative to the working folder, as the manifest's own path is
  std::string file_name;  ///< of its record, without an extension; safe whatever the ID
};

struct Manifest {
  std::filesystem::path path;
  std::vector<std::string> carried;  ///< names of the columns that are carried through, in order
  std::vector<ManifestRow> rows;     ///< at least one
  std::string sha256;                ///< of the text it was read from
  std::vector<Unpaired> alone;       ///< where it is a folder: what in it has no partner
};

/// Reads a manifest: CSV (RFC 4180) with a header, or NDJSON with the same keys (told apart by a first '{'). `Image` and
/// `Mask` are required, `ID`, `Label`, `Label_channel` optional, all in any case; other columns are carried. Relative paths
/// resolve against the manifest's folder. A folder is a manifest too: of the pairs that pair_files finds in it.
///
/// IDs are unique: one that occurs twice is an error that names both lines. A row without an ID is called after its image's
/// file name, followed by the row's number where several rows would share it.
///
/// Throws Error(manifest_invalid) with the line, Error(file_missing | not_a_file | file_unreadable).
Manifest read_manifest(const std::filesystem::path& path);

/// The same from text; `path` names it in messages and anchors its relative paths.
Manifest parse_manifest(std::string_view text, const std::filesystem::path& path);

/// A file's name without its folder and the extensions of volumes: "brain.nii.gz" is "brain".
std::string volume_stem(const std::filesystem::path& path);

}  // namespace radloom::cohort
