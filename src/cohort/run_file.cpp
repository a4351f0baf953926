#include "cohort/run_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "radloom/error.hpp"

namespace radloom::cohort {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;
constexpr const char* schema = "radloom.run/1";

Convention convention_named(const std::string& name) {
  for (const Convention convention : {Convention::ibsi, Convention::pyradiomics})
    if (name == convention_name(convention)) return convention;
  throw Error(ErrorCode::file_unreadable, fmt::format("'{}' is no convention", name));
}

}  // namespace

std::string to_json(const RunFile& run) {
  Json json{{"schema", schema}, {"state", run.state}};
  Json& radloom = json["radloom"] = Json{{"version", run.version}, {"numerics", run.numerics},
      {"convention", convention_name(run.convention)}, {"device", run.device}};
  if (!run.device_reason.empty()) radloom["device_reason"] = run.device_reason;
  radloom["threads"] = run.threads;
  json["config"] =
      Json{{"source", run.config_source}, {"digest", run.config_digest}, {"effective", Json::parse(run.config_json)}};
  json["manifest"] = Json{{"path", run.manifest_path}, {"sha256", run.manifest_sha256}, {"rows", run.manifest_rows}};
  json["shard"] = Json{{"index", run.shard.index}, {"count", run.shard.count}};
  json["features"] = run.columns;
  json["cases"] = Json{{"all", run.cases}, {"computed", run.computed}, {"kept", run.kept}, {"ok", run.ok},
      {"partial", run.partial}, {"failed", run.failed}};
  json["regions"] = run.regions;
  json["voxels"] = run.voxels;
  json["inputs_sha256"] = run.inputs_sha256.empty() ? Json(nullptr) : Json(run.inputs_sha256);
  json["time"] = Json{
      {"began", run.began}, {"ended", run.ended.empty() ? Json(nullptr) : Json(run.ended)}, {"seconds", run.seconds}};
  Json& stages = json["workers"] = Json{{"count", run.workers}};
  for (const auto& [name, seconds] : run.stages) stages[name + "_s"] = seconds;
  // Paths may hold any bytes; those that are no UTF-8 are replaced, for the file must stay JSON.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

RunFile read_run_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) throw Error(ErrorCode::file_missing, fmt::format("{}: no such file", path.string()));
  try {
    const Json json = Json::parse(file);
    if (json.at("schema") != schema) throw Error(ErrorCode::file_unreadable, "it is of another schema");
    RunFile run;
    run.state = json.at("state").get<std::string>();
    const Json &radloom = json.at("radloom"), &config = json.at("config"), &manifest = json.at("manifest"),
               &cases = json.at("cases"), &time = json.at("time");
    run.version = radloom.at("version").get<std::string>();
    run.numerics = radloom.at("numerics").get<int>();
    run.convention = convention_named(radloom.at("convention").get<std::string>());
    run.device = radloom.at("device").get<std::string>();
    run.device_reason = radloom.value("device_reason", "");
    run.threads = radloom.at("threads").get<int>();
    run.config_source = config.at("source").get<std::string>();
    run.config_digest = config.at("digest").get<std::string>();
    run.config_json = config.at("effective").dump();
    run.manifest_path = manifest.at("path").get<std::string>();
    run.manifest_sha256 = manifest.at("sha256").get<std::string>();
    run.manifest_rows = manifest.at("rows").get<std::size_t>();
    run.shard = {json.at("shard").at("index").get<int>(), json.at("shard").at("count").get<int>()};
    run.columns = json.at("features").get<std::size_t>();
    run.cases = cases.at("all").get<std::size_t>();
    run.computed = cases.at("computed").get<std::size_t>();
    run.kept = cases.at("kept").get<std::size_t>();
    run.ok = cases.at("ok").get<std::size_t>();
    run.partial = cases.at("partial").get<std::size_t>();
    run.failed = cases.at("failed").get<std::size_t>();
    run.regions = json.at("regions").get<std::size_t>();
    run.voxels = json.at("voxels").get<std::int64_t>();
    if (json.at("inputs_sha256").is_string()) run.inputs_sha256 = json["inputs_sha256"].get<std::string>();
    run.began = time.at("began").get<std::string>();
    if (time.at("ended").is_string()) run.ended = time["ended"].get<std::string>();
    run.seconds = time.at("seconds").get<double>();
    return run;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::file_unreadable,
        fmt::format("{}: not what a run of radloom leaves: {}", path.string(), error.what()));
  }
}

std::vector<fs::path> run_files_in(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(ErrorCode::file_missing, fmt::format("{}: no such folder", folder.string()));
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name == "run.json" || (name.starts_with("run.shard-") && name.ends_with(".json"))) found.push_back(*entry);
  }
  if (error)
    throw Error(ErrorCode::file_unreadable, fmt::format("{}: cannot be listed: {}", folder.string(), error.message()));
  if (found.empty())
    throw Error(ErrorCode::file_missing,
        fmt::format("{}: holds no run.json; name a folder that radloom batch wrote with --out", folder.string()));
  std::sort(found.begin(), found.end());
  return found;
}

std::string utc_now() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

}  // namespace radloom::cohort
