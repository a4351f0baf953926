#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "radloom/engine.hpp"
#include "radloom/error.hpp"
#include "radloom/record.hpp"
#include "records/values.hpp"

namespace radloom {
namespace records {

using Json = nlohmann::ordered_json;

void check_columns(const RegionRecord& region, const RunInfo& run) {
  if (region.status == Status::failed ? region.values.empty() : region.values.size() == run.columns.size()) return;
  throw Error(ErrorCode::internal, fmt::format("the region of label {} holds {} values for {} columns", region.label,
                                       region.values.size(), run.columns.size()));
}

namespace {

Json error_json(const Failure& failure) { return Json{{"code", failure.code}, {"message", failure.message}}; }

/// Why a case failed: its own error, else that of the first region that did.
const Failure& failure_of(const CaseRecord& record) {
  if (!record.error.code.empty()) return record.error;
  for (const auto& region : record.regions)
    if (!region.error.code.empty()) return region.error;
  throw Error(ErrorCode::internal, fmt::format("the case {} failed and says not why", record.case_id));
}

/// A volume that was read; without its grid where the header was not.
Json source_json(const SourceInfo& source) {
  Json json{{"path", source.path}, {"sha256", source.sha256.empty() ? Json(nullptr) : Json(source.sha256)}};
  if (source.geometry.voxels() > 0) {
    json["size"] = source.geometry.size;
    json["spacing_mm"] = source.geometry.spacing_mm;
    json["origin_mm"] = source.geometry.origin_mm;
    json["direction"] = source.geometry.direction;
  }
  return json;
}

/// A number where the label is one, else the union as text.
Json label_json(const std::string& label) {
  const Json number = Json::parse(label, nullptr, false);
  return number.is_number_integer() ? number : Json(label);
}

Json region_json(const RegionRecord& region, const RunInfo& run) {
  check_columns(region, run);
  Json json{{"label", label_json(region.label)}};
  if (!region.label_name.empty()) json["label_name"] = region.label_name;
  json["status"] = status_name(region.status);
  if (region.status == Status::failed) json["error"] = error_json(region.error);
  json["voxels"] = region.voxels;
  const auto& [first, size] = region.bounding_box;
  json["bounding_box"] = {first[0], first[1], first[2], size[0], size[1], size[2]};
  Json features = Json::object(), undefined = Json::object();
  for (std::size_t i = 0; i < region.values.size(); ++i) {
    const Undefined why = reason(region.values[i]);
    features[run.columns[i].name] = why == Undefined::none ? Json(region.values[i].value) : Json(nullptr);
    if (why != Undefined::none) undefined[run.columns[i].name] = undefined_name(why);
  }
  json["features"] = std::move(features);
  json["undefined"] = std::move(undefined);
  json["warnings"] = region.warnings;
  if (!region.diagnostics.empty()) {
    Json& diagnostics = json["diagnostics"] = Json::object();
    for (const auto& [name, text] : region.diagnostics) {
      Json value = Json::parse(text, nullptr, false);
      diagnostics[name] = value.is_discarded() ? Json(text) : std::move(value);
    }
  }
  return json;
}

}  // namespace
}  // namespace records

std::string to_json(const CaseRecord& record, const RunInfo& run, int indent) {
  using records::Json;
  Json json{{"schema", "radloom.case/1"}};
  json["radloom"] = Json{{"version", run.version}, {"convention", convention_name(run.convention)},
      {"device", run.device}, {"numerics", numerics_version()}};
  if (!run.device_reason.empty()) json["radloom"]["device_reason"] = run.device_reason;
  Json effective = Json::parse(run.config_json, nullptr, false);
  json["config"] = Json{
      {"digest", run.config_digest}, {"effective", effective.is_discarded() ? Json::object() : std::move(effective)}};
  json["case"] = record.case_id;
  json["status"] = status_name(record.status);
  if (record.status == Status::failed) json["error"] = records::error_json(records::failure_of(record));
  if (!record.carried.empty()) {
    Json& carried = json["carried"] = Json::object();
    for (const auto& [name, value] : record.carried) carried[name] = value;
  }
  json["image"] = records::source_json(record.image);
  json["mask"] = records::source_json(record.mask);
  Json& regions = json["regions"] = Json::array();
  for (const auto& region : record.regions) regions.push_back(records::region_json(region, run));
  const Timing& timing = record.timing_ms;
  json["timing_ms"] = Json{{"load", timing.load}, {"preprocess", timing.preprocess}, {"filter", timing.filter},
      {"matrices", timing.matrices}, {"features", timing.features}};
  // Paths may hold any bytes; those that are no UTF-8 are replaced, for the record must stay JSON.
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace radloom
