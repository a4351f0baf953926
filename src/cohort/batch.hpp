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
#include "cohort/run_file.hpp"
#include "cohort/shard.hpp"
#include "cohort/stored_record.hpp"
#include "radloom/engine.hpp"

namespace radloom::cohort {

struct BatchOptions {
  std::filesystem::path out;
  Shard shard;
  bool resume = false;                        ///< keep records that are done
  bool verify = false;                        ///< and compare the digests of their files, not the times
  std::optional<double> case_timeout_s;       ///< fail a case that takes longer
  std::optional<std::uint64_t> memory_limit;  ///< bytes that cases in flight share
  std::optional<std::size_t> max_failures;    ///< give up once more cases than this have failed
  bool ndjson = false;                        ///< write all records into one file too
  bool fsync = false;                         ///< results are on the disk before they have their names
  int threads = 0;  ///< of the engine; as many cases are in flight at most. 0: all that may be used
};

/// Where the time of the workers went, in seconds summed over them; each has one case in flight.
struct Occupancy {
  int workers = 0;
  double reading = 0;    ///< and decoding
  double computing = 0;  ///< all else of a case
  double writing = 0;    ///< records
  double waiting = 0;    ///< for memory
  double checking = 0;   ///< what --resume finds
};

/// What has happened so far.
struct BatchProgress {
  std::size_t cases = 0;                ///< of this shard
  std::size_t done = 0;                 ///< computed in this run
  std::size_t kept = 0;                 ///< found done by --resume
  std::size_t partial = 0, failed = 0;  ///< among the computed ones
  std::size_t device_failed = 0;        ///< among those, where a device failed
  std::size_t regions = 0;
  std::int64_t voxels = 0;  ///< in these regions
  Occupancy occupancy;
};

/// Where a run leaves its results.
struct BatchFiles {
  explicit BatchFiles(const BatchOptions& options);
  std::filesystem::path record(const ManifestRow& row) const;

  std::filesystem::path cases, features, failures, records;
  std::filesystem::path run;  ///< run.json: what the run was
  std::filesystem::path
      manifest;  ///< manifest.ndjson: the rows as they were understood, a manifest itself; of all shards
  std::filesystem::path config;  ///< config.json: every setting in force, a configuration itself; of all shards
};

/// Makes the folders and takes away this shard's results of an earlier run (its records stay with `resume`), so that what is
/// there is never a mixture; a run over all rows takes away the run files of shards too. What a killed process left half written is
/// removed. Throws Error(output_unwritable).
void prepare_output(const Rows& rows, const BatchOptions& options);

/// Writes what has to be there before the first record, for a run that is killed has to be merged and resumed as well: the manifest, the
/// configuration, and the run file, which comes back. Throws Error(output_unwritable).
RunFile begin_run(const Engine& engine, const Manifest& manifest, const Rows& rows, const BatchOptions& options);

/// Called before the first case and every second, without a record, and after each case, one call at a time.
using BatchReport = std::function<void(const BatchProgress&, const CaseRecord* latest)>;

/// Computes every case of the shard and writes its record as it finishes: as many at once as there are threads, fewer where
/// their memory is limited. A timeout acts as a stop does, at the next stage of the next region. Returns false when it gave up after too many failures. Throws
/// Error(interrupted | output_unwritable) and std::bad_alloc; records written until then are whole.
bool compute_cases(const Engine& engine, const Manifest& manifest, const Rows& rows, const BatchOptions& options,
    const BatchReport& report, std::stop_token stop);

struct BatchSummary {
  std::size_t ok = 0, partial = 0, failed = 0;
  std::string inputs_sha256;  ///< as RunFile has it
};

/// The lines of the table that a record makes, which gets what the manifest's row carries.
std::string table_rows(StoredRecord& stored, const ManifestRow& row, const RunInfo& run);

/// Makes the tables out of the records on disk, in the manifest's order: failures.json and, where the run is `complete`,
/// features.csv and, if asked for, records.ndjson. `visit` sees every record of this run.
BatchSummary write_tables(const Engine& engine, const Rows& rows, const std::vector<std::string>& carried,
    const BatchOptions& options, bool complete, const std::function<void(const CaseRecord&)>& visit);

}  // namespace radloom::cohort
