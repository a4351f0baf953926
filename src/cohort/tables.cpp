#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "cohort/batch.hpp"
#include "cohort/stored_record.hpp"
#include "io/output_file.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

using Json = nlohmann::ordered_json;

void append(io::OutputFile& file, const std::string& text) { file.write(std::as_bytes(std::span(text))); }

Json failure_json(const CaseRecord& record, const ManifestRow& row, const std::filesystem::path& path) {
  Json json{
      {"case", record.case_id}, {"line", row.line}, {"status", status_name(record.status)}, {"record", path.string()}};
  if (!record.error.code.empty()) json["error"] = {{"code", record.error.code}, {"message", record.error.message}};
  Json& regions = json["regions"] = Json::array();
  for (const auto& region : record.regions)
    if (region.status == Status::failed)
      regions.push_back(
          {{"label", region.label}, {"error", {{"code", region.error.code}, {"message", region.error.message}}}});
  return json;
}

}  // namespace

BatchSummary write_tables(const Engine& engine, const Manifest& manifest, const BatchOptions& options, bool complete,
    const std::function<void(const CaseRecord&)>& visit) {
  const BatchFiles files(options);
  BatchSummary summary;
  Json failures = Json::array();
  std::optional<io::OutputFile> features, records;
  if (complete) append(features.emplace(files.features), csv_header(engine.run(), manifest.carried));
  if (complete && options.ndjson) records.emplace(files.records);
  for (const ManifestRow* row : rows_of(manifest, options.shard)) {
    const auto path = files.record(*row);
    if (!std::filesystem::exists(path)) continue;
    StoredRecord stored = read_record(path, engine.run());
    stored.record.carried = row->input.carried;
    if (features) append(*features, to_csv(stored.record, engine.run()));
    if (records) append(*records, stored.line + '\n');
    summary.ok += stored.record.status == Status::ok;
    summary.partial += stored.record.status == Status::partial;
    summary.failed += stored.record.status == Status::failed;
    if (stored.record.status != Status::ok) failures.push_back(failure_json(stored.record, *row, path));
    visit(stored.record);
  }
  if (features) features->commit();
  if (records) records->commit();
  write_whole(files.failures, failures.dump(2) + '\n');
  return summary;
}

}  // namespace radloom::cohort
