#include "cohort/batch.hpp"

#include <fmt/format.h>

#include <charconv>
#include <unordered_map>

#include "cohort/make_folder.hpp"
#include "cohort/resume.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

Shard Shard::parse(const std::string& text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto [slash, bad_index] = std::from_chars(text.data(), end, shard.index);
  bool good = bad_index == std::errc{} && slash != end && *slash == '/';
  if (good) {
    const auto [last, bad_count] = std::from_chars(slash + 1, end, shard.count);
    good = bad_count == std::errc{} && last == end;
  }
  if (!good || shard.index < 1 || shard.index > shard.count)
    throw Error(ErrorCode::usage, fmt::format("--shard takes i/N with i from 1 to N, such as 1/8, not '{}'", text));
  return shard;
}

BatchFiles::BatchFiles(const BatchOptions& options) {
  const std::string part =
      options.shard.count > 1 ? fmt::format(".shard-{}-of-{}", options.shard.index, options.shard.count) : "";
  cases = options.out / "cases";
  features = options.out / ("features" + part + ".csv");
  failures = options.out / ("failures" + part + ".json");
  records = options.out / ("records" + part + ".ndjson");
}

fs::path BatchFiles::record(const ManifestRow& row) const { return cases / (row.file_name + ".json"); }

std::vector<const ManifestRow*> rows_of(const Manifest& manifest, const Shard& shard) {
  std::vector<const ManifestRow*> rows;
  for (std::size_t r = std::size_t(shard.index) - 1; r < manifest.rows.size(); r += std::size_t(shard.count))
    rows.push_back(&manifest.rows[r]);
  return rows;
}

void prepare_output(const Manifest& manifest, const BatchOptions& options) {
  const BatchFiles files(options);
  make_folder(options.out);
  make_folder(files.cases);
  std::vector<fs::path> earlier{files.features, files.failures, files.records};
  if (!options.resume)
    for (const ManifestRow* row : rows_of(manifest, options.shard)) earlier.push_back(files.record(*row));
  for (const fs::path& path : earlier) {
    std::error_code error;
    if (fs::is_directory(path) || (fs::remove(path, error), error))
      throw Error(ErrorCode::output_unwritable,
          fmt::format("{}: cannot be replaced; choose another folder with --out", path.string()));
  }
}

bool compute_cases(const Engine& engine, const Manifest& manifest, const BatchOptions& options,
    const BatchReport& report, std::stop_token stop) {
  const BatchFiles files(options);
  const auto rows = rows_of(manifest, options.shard);
  BatchProgress progress;
  progress.cases = rows.size();
  std::vector<CaseInput> inputs;
  std::unordered_map<std::string, const ManifestRow*> row_of;
  for (const ManifestRow* row : rows) {
    if (options.resume && is_done(files.record(*row), *row, manifest, engine)) {
      ++progress.kept;
      continue;
    }
    inputs.push_back(row->input);
    row_of[row->input.case_id] = row;
  }
  report(progress, nullptr);

  std::stop_source give_up;
  const std::stop_callback forward(stop, [&] { give_up.request_stop(); });
  bool too_many = false;
  const auto done = [&](const CaseRecord& record) {
    write_whole(files.record(*row_of.at(record.case_id)), to_json(record, engine.run()) + '\n');
    ++progress.done;
    progress.partial += record.status == Status::partial;
    progress.failed += record.status == Status::failed;
    progress.regions += record.regions.size();
    for (const auto& region : record.regions) progress.voxels += region.voxels;
    report(progress, &record);
    if (options.max_failures && progress.failed > *options.max_failures && !stop.stop_requested()) {
      too_many = true;
      give_up.request_stop();
    }
  };
  try {
    engine.extract(inputs, done, give_up.get_token());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::interrupted || stop.stop_requested() || !too_many) throw;
  }
  if (stop.stop_requested() && progress.done < inputs.size()) throw Error(ErrorCode::interrupted, "stopped on request");
  return !too_many;
}

}  // namespace radloom::cohort
