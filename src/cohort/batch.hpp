#pragma once
/// A cohort from its manifest to its tables.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cohort/manifest.hpp"
#include "radloom/engine.hpp"

namespace radloom::cohort {

/// One of `count` parts of a manifest, dealt out row by row: row r (from 0) belongs to shard r mod count + 1.
struct Shard {
  int index = 1, count = 1;

  /// Reads "2/8". Throws Error(usage).
  static Shard parse(const std::string& text);
};

struct BatchOptions {
  std::filesystem::path out;
  Shard shard;
  bool resume = false;                      ///< keep records that are done
  std::optional<std::size_t> max_failures;  ///< give up once more cases than this have failed
  bool ndjson = false;                      ///< write all records into one file too
};

/// What has happened so far.
struct BatchProgress {
  std::size_t cases = 0;                ///< of this shard
  std::size_t done = 0;                 ///< computed in this run
  std::size_t kept = 0;                 ///< found done by --resume
  std::size_t partial = 0, failed = 0;  ///< among the computed ones
  std::size_t regions = 0;
  std::int64_t voxels = 0;  ///< in these regions
};

/// Where a run leaves its results.
struct BatchFiles {
  explicit BatchFiles(const BatchOptions& options);
  std::filesystem::path record(const ManifestRow& row) const;

  std::filesystem::path cases, features, failures, records;
};

/// The rows of a shard, in the manifest's order.
std::vector<const ManifestRow*> rows_of(const Manifest& manifest, const Shard& shard);

/// Makes the folders and takes away this shard's results of an earlier run (its records stay with `resume`), so that what is
/// there is never a mixture. Throws Error(output_unwritable).
void prepare_output(const Manifest& manifest, const BatchOptions& options);

/// Called before the first case, without a record, and after each, one call at a time.
using BatchReport = std::function<void(const BatchProgress&, const CaseRecord* latest)>;

/// Computes every case of the shard and writes its record as it finishes. Returns false when it gave up after too many failures. Throws Error(interrupted | output_unwritable) and std::bad_alloc;
/// records written until then are whole.
bool compute_cases(const Engine& engine, const Manifest& manifest, const BatchOptions& options,
    const BatchReport& report, std::stop_token stop);

struct BatchSummary {
  std::size_t ok = 0, partial = 0, failed = 0;
};

/// Makes the tables out of the records on disk, in the manifest's order: failures.json and, where the run is `complete`,
/// features.csv and, if asked for, records.ndjson. `visit` sees every record.
BatchSummary write_tables(const Engine& engine, const Manifest& manifest, const BatchOptions& options, bool complete,
    const std::function<void(const CaseRecord&)>& visit);

}  // namespace radloom::cohort
