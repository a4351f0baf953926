#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "cohort/batch.hpp"
#include "cohort/in_order.hpp"
#include "core/sha256.hpp"
#include "io/output_file.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

using Json = nlohmann::ordered_json;

void append(io::OutputFile& file, const std::string& text) { file.write(std::as_bytes(std::span(text))); }

/// A word of a shell's command line, whatever bytes are in it.
std::string quoted(const std::string& text) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + '\'';
}

/// What computes this case alone as the run does, in any folder: options first, for a name may start with a dash.
std::string command_for(const ManifestRow& row, const BatchFiles& files, const RunInfo& run) {
  const auto absolute = [](const std::filesystem::path& path) {
    return quoted(std::filesystem::absolute(path).lexically_normal().string());
  };
  std::string text = fmt::format("radloom extract --config {} --device {} --id={}", absolute(files.config),
      quoted(run.device), quoted(row.input.case_id));
  if (row.input.label) text += fmt::format(" --label {}", quoted(row.input.label->text()));
  if (row.input.label_channel) text += fmt::format(" --set label_channel={}", *row.input.label_channel);
  return text + fmt::format(" {} {}", absolute(row.input.image), absolute(row.input.mask));
}

Json failure_json(const CaseRecord& record, const ManifestRow& row, const BatchFiles& files, const RunInfo& run) {
  Json json{{"case", record.case_id}, {"line", row.line}, {"status", status_name(record.status)},
      {"record", files.record(row).string()}};
  if (!record.error.code.empty()) json["error"] = {{"code", record.error.code}, {"message", record.error.message}};
  Json& regions = json["regions"] = Json::array();
  for (const auto& region : record.regions)
    if (region.status == Status::failed)
      regions.push_back(
          {{"label", region.label}, {"error", {{"code", region.error.code}, {"message", region.error.message}}}});
  json["command"] = command_for(row, files, run);
  return json;
}

}  // namespace

std::string table_rows(StoredRecord& stored, const ManifestRow& row, const RunInfo& run) {
  stored.record.carried = row.input.carried;
  return to_csv(stored.record, run);
}

BatchSummary write_tables(const Engine& engine, const Rows& rows, const std::vector<std::string>& carried,
    const BatchOptions& options, bool complete, const std::function<void(const CaseRecord&)>& visit) {
  const BatchFiles files(options);
  const RunInfo& run = engine.run();
  BatchSummary summary;
  Json failures = Json::array();
  Sha256 inputs;
  std::optional<io::OutputFile> features, records;
  if (complete) append(features.emplace(files.features), csv_header(run, carried));
  if (complete && options.ndjson) records.emplace(files.records);
  struct Made {
    std::optional<StoredRecord> stored;
    std::string rows, line;
  };
  const auto read = [&](std::size_t r) -> Made {
    const auto path = files.record(*rows[r]);
    if (!std::filesystem::exists(path)) return {};
    Made made;
    try {
      made.stored = read_record(path, run);
    } catch (const Error&) {
      if (complete) throw;
      return {};  // of an earlier run, whose row this one did not reach
    }
    if (made.stored->version != run.version || made.stored->config_digest != run.config_digest) return {};  // the same
    if (complete) made.rows = table_rows(*made.stored, *rows[r], run);
    if (complete && options.ndjson) made.line = made.stored->line() + '\n';
    made.stored->text.clear();
    return made;
  };
  in_order(rows.size(), options.threads, read, [&](std::size_t r, const Made& made) {
    if (!made.stored) return;
    const CaseRecord& record = made.stored->record;
    inputs.add(fmt::format("{} {}\n", record.image.sha256, record.mask.sha256));
    if (features) append(*features, made.rows);
    if (records) append(*records, made.line);
    summary.ok += record.status == Status::ok;
    summary.partial += record.status == Status::partial;
    summary.failed += record.status == Status::failed;
    if (record.status != Status::ok) failures.push_back(failure_json(record, *rows[r], files, run));
    visit(record);
  });
  if (features) features->commit(options.fsync);
  if (records) records->commit(options.fsync);
  write_whole(files.failures, failures.dump(2, ' ', false, Json::error_handler_t::replace) + '\n', options.fsync);
  summary.inputs_sha256 = inputs.hex();
  return summary;
}

}  // namespace radloom::cohort
