#include "cohort/stored_record.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

using Tree = nlohmann::json;  // finds a name among a thousand without looking at each

Status status_of(const std::string& name) {
  for (const Status status : {Status::ok, Status::partial, Status::failed})
    if (name == status_name(status)) return status;
  throw Error(ErrorCode::file_unreadable, fmt::format("'{}' is no status", name));
}

Undefined undefined_of(const std::string& name) {
  for (int k = 1; k <= int(Undefined::empty_region); ++k)
    if (name == undefined_name(Undefined(k))) return Undefined(k);
  return Undefined::not_finite;
}

Failure failure_of(const Tree& json) {
  if (!json.contains("error")) return {};
  return {json["error"].value("code", ""), json["error"].value("message", "")};
}

SourceInfo source_of(const Tree& json) {
  SourceInfo source;
  source.path = json.at("path").get<std::string>();
  if (json.contains("sha256") && json["sha256"].is_string()) source.sha256 = json["sha256"].get<std::string>();
  if (json.contains("size")) {
    source.geometry.size = json["size"].get<std::array<std::int64_t, 3>>();
    source.geometry.spacing_mm = json.at("spacing_mm").get<std::array<double, 3>>();
    source.geometry.origin_mm = json.at("origin_mm").get<std::array<double, 3>>();
    source.geometry.direction = json.at("direction").get<std::array<double, 9>>();
  }
  return source;
}

RegionRecord region_of(const Tree& json, const RunInfo& run) {
  RegionRecord region;
  const Tree& label = json.at("label");
  region.label = label.is_string() ? label.get<std::string>() : label.dump();
  region.label_name = json.value("label_name", "");
  region.status = status_of(json.at("status").get<std::string>());
  region.error = failure_of(json);
  region.voxels = json.at("voxels").get<std::int64_t>();
  const auto box = json.at("bounding_box").get<std::array<std::int64_t, 6>>();
  region.bounding_box = {{box[0], box[1], box[2]}, {box[3], box[4], box[5]}};
  region.warnings = json.at("warnings").get<std::vector<std::string>>();
  if (region.status == Status::failed) return region;
  const Tree &features = json.at("features"), &undefined = json.at("undefined");
  for (const auto& column : run.columns) {
    const Tree& value = features.at(column.name);
    if (value.is_number()) region.values.push_back({value.get<double>(), Undefined::none});
    else region.values.push_back({0, undefined_of(undefined.value(column.name, ""))});
  }
  return region;
}

}  // namespace

std::string StoredRecord::line() const {
  std::string line;
  line.reserve(text.size());
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) line += c;
    if (quoted && c == '\\' && i + 1 < text.size()) line += text[++i];
    else if (c == '"') quoted = !quoted;
  }
  return line;
}

StoredRecord read_record(const std::filesystem::path& path, const RunInfo& run) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) throw Error(ErrorCode::file_missing, fmt::format("{}: no such file", path.string()));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  try {
    const Tree json = Tree::parse(text);
    if (json.at("schema") != "radloom.case/1") throw Error(ErrorCode::file_unreadable, "it is of another schema");
    StoredRecord stored;
    stored.version = json.at("radloom").at("version").get<std::string>();
    stored.config_digest = json.at("config").at("digest").get<std::string>();
    stored.record.case_id = json.at("case").get<std::string>();
    stored.record.status = status_of(json.at("status").get<std::string>());
    stored.record.error = failure_of(json);
    stored.record.image = source_of(json.at("image"));
    stored.record.mask = source_of(json.at("mask"));
    for (const auto& region : json.at("regions")) stored.record.regions.push_back(region_of(region, run));
    stored.text = std::move(text);
    return stored;
  } catch (const std::exception& error) {
    throw Error(
        ErrorCode::file_unreadable, fmt::format("{}: not a record of this run: {}", path.string(), error.what()));
  }
}

}  // namespace radloom::cohort
