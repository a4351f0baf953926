#include "cohort/merge.hpp"

#include <fmt/format.h>

#include <optional>

#include "cohort/batch.hpp"
#include "cohort/in_order.hpp"
#include "cohort/run_file.hpp"
#include "cohort/stored_record.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

/// Throws unless both are of one cohort.
void compare(const RunFile& a, const fs::path& path_a, const RunFile& b, const fs::path& path_b) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::usage,
        fmt::format("{} and {} are not of one run: {}; merge folders of one run, and delete what an earlier one left",
            path_a.string(), path_b.string(), what));
  };
  if (a.version != b.version || a.numerics != b.numerics)
    refuse(fmt::format("radloom {} and {} computed them", a.version, b.version));
  if (a.config_digest != b.config_digest)
    refuse(fmt::format("their configurations differ ({} and {})", a.config_digest, b.config_digest));
  if (a.manifest_sha256 != b.manifest_sha256)
    refuse(fmt::format("their manifests differ ({} and {})", a.manifest_path, b.manifest_path));
}

/// The run of the folders, of which every run file tells the same.
RunFile common_run(const std::vector<fs::path>& folders) {
  std::optional<RunFile> first;
  fs::path first_path;
  for (const auto& folder : folders)
    for (const auto& path : run_files_in(folder)) {
      RunFile run = read_run_file(path);
      if (first) {
        compare(*first, first_path, run, path);
        continue;
      }
      first = std::move(run);
      first_path = path;
    }
  if (!first) throw Error(ErrorCode::usage, "name a folder to merge");
  if (first->version != version() || first->numerics != numerics_version())
    throw Error(ErrorCode::usage,
        fmt::format("{}: computed by radloom {} (numerics {}), this is {} ({}); merge with the one that computed",
            first_path.string(), first->version, first->numerics, version(), numerics_version()));
  return *std::move(first);
}

/// The rows as the run read them.
Manifest kept_manifest(const std::vector<fs::path>& folders, const RunFile& run) {
  const fs::path path = folders.front() / "manifest.ndjson";
  Manifest manifest = read_manifest(path);
  if (manifest.rows.size() != run.manifest_rows)
    throw Error(ErrorCode::file_unreadable,
        fmt::format(
            "{}: {} rows where run.json tells of {}; the file is damaged, run radloom batch with --resume again",
            path.string(), manifest.rows.size(), run.manifest_rows));
  return manifest;
}

/// Why a record that is there does not count; empty where it does.
std::string stranger(const StoredRecord& stored, const ManifestRow& row, const RunInfo& run) {
  if (stored.record.case_id != row.input.case_id) return fmt::format("its record is of '{}'", stored.record.case_id);
  if (stored.version != run.version) return fmt::format("its record is of radloom {}", stored.version);
  if (stored.config_digest != run.config_digest) return "its record is of another configuration";
  return {};
}

/// The best record of a row, or why there is none.
std::optional<StoredRecord> find_record(
    const std::vector<fs::path>& folders, const ManifestRow& row, const RunInfo& run, std::string& why) {
  std::optional<StoredRecord> best;
  why = "it has no record";
  for (const auto& folder : folders) {
    const fs::path path = folder / "cases" / (row.file_name + ".json");
    if (!fs::exists(path)) continue;
    try {
      StoredRecord stored = read_record(path, run);
      const std::string other = stranger(stored, row, run);
      if (!other.empty()) {
        why = other;
      } else if (!best || (best->record.status != Status::ok && stored.record.status == Status::ok)) {
        best = std::move(stored);
      }
    } catch (const Error& error) {
      why = error.what();
    }
  }
  return best;
}

}  // namespace

MergeReport merge(
    const std::vector<fs::path>& folders, MergeFormat format, const std::function<void(std::string_view)>& write) {
  const RunFile run = common_run(folders);
  const Manifest manifest = kept_manifest(folders, run);
  const Config config = parse_config(run.config_json, "run.json");
  RunInfo info{run.version, run.convention, run.device, config.digest, config.effective_json, columns(config), {}};
  if (config.digest != run.config_digest)
    throw Error(ErrorCode::file_unreadable,
        fmt::format("run.json: the configuration has the digest {}, not {}; the file was changed", config.digest,
            run.config_digest));
  MergeReport report;
  report.cases = manifest.rows.size();
  if (format == MergeFormat::csv) write(csv_header(info, manifest.carried));
  struct Made {
    std::optional<Status> status;
    std::string text, why;
  };
  const auto read = [&](std::size_t r) {
    const ManifestRow& row = manifest.rows[r];
    Made made;
    auto stored = find_record(folders, row, info, made.why);
    if (!stored) return made;
    made.status = stored->record.status;
    made.text = format == MergeFormat::csv ? table_rows(*stored, row, info) : stored->line() + '\n';
    return made;
  };
  in_order(manifest.rows.size(), 0, read, [&](std::size_t r, const Made& made) {
    if (!made.status) {
      report.missing.push_back({manifest.rows[r].input.case_id, made.why});
      return;
    }
    report.ok += *made.status == Status::ok;
    report.partial += *made.status == Status::partial;
    report.failed += *made.status == Status::failed;
    write(made.text);
  });
  return report;
}

}  // namespace radloom::cohort
