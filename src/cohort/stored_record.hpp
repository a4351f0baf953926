#pragma once
#include <filesystem>
#include <string>

#include "radloom/record.hpp"

namespace radloom::cohort {

/// A record as it was read back from its file.
struct StoredRecord {
  CaseRecord record;    ///< without diagnostics, whose place is the file
  std::string version;  ///< of the radloom that wrote it
  std::string config_digest;
  std::string text;  ///< the file's JSON

  /// That without what only makes it readable, for NDJSON.
  std::string line() const;
};

/// Reads a record of schema radloom.case/1. Features are found by name; a record that lacks one of the run's columns is not of this
/// run. Throws Error(file_missing | file_unreadable).
StoredRecord read_record(const std::filesystem::path& path, const RunInfo& run);

}  // namespace radloom::cohort
