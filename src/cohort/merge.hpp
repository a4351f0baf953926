#pragma once
/// One table out of the records that runs and shards have left.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace radloom::cohort {

struct MergeReport {
  std::size_t cases = 0;  ///< rows of the manifest
  std::size_t ok = 0, partial = 0, failed = 0;
  struct Missing {
    std::string case_id, why;
  };
  std::vector<Missing> missing;  ///< no record of this run, in the manifest's order
};

enum class MergeFormat { csv, ndjson };

/// Writes the table of every case that has a record in one of the folders, in the manifest's order: the bytes that one
/// uninterrupted run over all rows would have written as features.csv. Of several records of a case one that is ok is taken, else the
/// first in the order of the folders. NDJSON has the records themselves, one on a line.
///
/// The folders hold parts of one cohort: the same manifest, configuration and radloom. Throws Error(file_missing |
/// file_unreadable | usage), which say what differs, and what `write` throws.
MergeReport merge(const std::vector<std::filesystem::path>& folders, MergeFormat format,
    const std::function<void(std::string_view)>& write);

}  // namespace radloom::cohort
