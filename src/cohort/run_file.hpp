#pragma once
/// What a run was, kept beside its results so that tables, methods sections and reviewers need nothing else: `run.json`, schema
/// radloom.run/1. A shard has a file of its own, `run.shard-1-of-8.json`.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cohort/shard.hpp"
#include "radloom/catalogue.hpp"

namespace radloom::cohort {

struct RunFile {
  std::string state = "running";  ///< running, complete, gave_up, interrupted
  std::string version;            ///< of radloom
  int numerics = 0;
  Convention convention = Convention::ibsi;
  std::string device, device_reason;
  int threads = 0;
  std::string config_source, config_digest, config_json;
  std::string manifest_path, manifest_sha256;  ///< of the manifest's own bytes
  std::size_t manifest_rows = 0;
  Shard shard;
  std::size_t columns = 0;  ///< features a region
  // Of the shard's cases. Statuses and inputs count every record that is there, the others what this run computed.
  std::size_t cases = 0, computed = 0, kept = 0, ok = 0, partial = 0, failed = 0, regions = 0;
  std::int64_t voxels = 0;
  std::string
      inputs_sha256;  ///< over "<sha256 of the image> <sha256 of the mask>\n" of every record, in the manifest's order
  std::string began, ended;  ///< UTC, "2026-01-31T12:00:00Z"
  double seconds = 0;
  /// Where the workers' time went, in seconds summed over them (Occupancy).
  std::vector<std::pair<std::string, double>> stages;
  int workers = 0;
};

std::string to_json(const RunFile& run);

/// Throws Error(file_missing | file_unreadable).
RunFile read_run_file(const std::filesystem::path& path);

/// The run files of a folder, by name. Throws Error(file_missing) where the folder is none or holds no run.
std::vector<std::filesystem::path> run_files_in(const std::filesystem::path& folder);

/// Now, in UTC.
std::string utc_now();

}  // namespace radloom::cohort
