#include <nlohmann/json.hpp>

#include "radloom/error.hpp"
#include "radloom/record.hpp"

namespace radloom {
namespace {

using Json = nlohmann::ordered_json;

/// An object of known keys and no others.
Json object_of(Json properties, std::vector<std::string> required) {
  return Json{{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)},
      {"additionalProperties", false}};
}

Json object_of_any(Json values) { return Json{{"type", "object"}, {"additionalProperties", std::move(values)}}; }

Json text() { return Json{{"type", "string"}}; }
Json count() { return Json{{"type", "integer"}, {"minimum", 0}}; }
Json numbers(Json item, int length) {
  return Json{{"type", "array"}, {"items", std::move(item)}, {"minItems", length}, {"maxItems", length}};
}

Json error_codes() {
  Json codes = Json::array();
  for (int code = 0; code <= int(ErrorCode::internal); ++code) codes.push_back(code_name(ErrorCode(code)));
  return Json{{"enum", std::move(codes)}};
}

Json reasons() {
  Json names = Json::array();
  for (int reason = int(Undefined::none) + 1; reason <= int(Undefined::empty_region); ++reason)
    names.push_back(undefined_name(Undefined(reason)));
  return Json{{"enum", std::move(names)}};
}

/// With an error exactly where the status says failed.
Json with_error_where_failed(Json schema) {
  schema["if"] = Json{{"properties", Json{{"status", Json{{"const", "failed"}}}}}};
  schema["then"] = Json{{"required", Json::array({"error"})}};
  schema["else"] = Json{{"not", Json{{"required", Json::array({"error"})}}}};
  return schema;
}

Json source_schema() {
  Json schema = object_of(
      Json{{"path", text()},
          {"sha256", Json{{"anyOf", Json::array({Json{{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}},
                                        Json{{"type", "null"}}})}}},
          {"size", numbers(Json{{"type", "integer"}, {"minimum", 1}}, 3)},
          {"spacing_mm", numbers(Json{{"type", "number"}, {"exclusiveMinimum", 0}}, 3)},
          {"origin_mm", numbers(Json{{"type", "number"}}, 3)}, {"direction", numbers(Json{{"type", "number"}}, 9)}},
      {"path", "sha256"});
  const std::vector<std::string> grid{"size", "spacing_mm", "origin_mm", "direction"};
  Json& together = schema["dependencies"] = Json::object();
  for (const auto& key : grid) together[key] = grid;
  return schema;
}

Json timing_schema() {
  const auto milliseconds = [](const char* what) {
    return Json{{"type", "number"}, {"minimum", 0}, {"description", what}};
  };
  const char* share = "Of the wall time of measuring, the share that its tasks spent here.";
  Json schema = object_of(
      Json{{"load", milliseconds("Reading and decoding.")}, {"preprocess", milliseconds("Up to the cropped regions.")},
          {"filter", milliseconds("Making derived images.")}, {"matrices", milliseconds(share)},
          {"features", milliseconds(share)}},
      {"load", "preprocess", "filter", "matrices", "features"});
  schema["description"] =
      "Where the case's time went, in milliseconds of wall time. Matrices: discretising and counting. Features: formulas. Where "
      "cases run beside each other, what the others took meanwhile is in it.";
  return schema;
}

Json region_schema() {
  const Json value{{"type", Json::array({"number", "null"})}};
  Json schema = object_of(
      Json{{"label", Json{{"anyOf", Json::array({Json{{"type", "integer"}, {"minimum", 1}},
                                        Json{{"type", "string"}, {"pattern", "^[0-9]+(\\+[0-9]+)+$"}}})}}},
          {"label_name", text()}, {"status", Json{{"enum", Json::array({"ok", "failed"})}}},
          {"error", Json{{"$ref", "#/definitions/error"}}}, {"voxels", count()}, {"bounding_box", numbers(count(), 6)},
          {"features", object_of_any(value)}, {"undefined", object_of_any(reasons())},
          {"warnings", Json{{"type", "array"}, {"items", text()}}}, {"diagnostics", object_of_any(Json(true))}},
      {"label", "status", "voxels", "bounding_box", "features", "undefined", "warnings"});
  schema = with_error_where_failed(std::move(schema));
  schema["then"]["properties"] =
      Json{{"features", Json{{"maxProperties", 0}}}, {"undefined", Json{{"maxProperties", 0}}}};
  return schema;
}

}  // namespace

std::string case_schema() {
  Json schema = object_of(
      Json{{"schema", Json{{"const", "radloom.case/1"}}},
          {"radloom",
              object_of(Json{{"version", text()}, {"convention", Json{{"enum", Json::array({"ibsi", "pyradiomics"})}}},
                            {"device", text()},
                            {"device_reason",
                                Json{{"type", "string"},
                                    {"description", "Why --device auto took this device; absent where it was named."}}},
                            {"numerics", Json{{"type", "integer"}, {"minimum", 1},
                                             {"description", "Raised by every change that moves a value."}}}},
                  {"version", "convention", "device", "numerics"})},
          {"config",
              object_of(Json{{"digest", Json{{"type", "string"}, {"pattern", "^sha256:[0-9a-f]{64}$"}}},
                            {"effective", Json{{"type", "object"},
                                              {"description", "A radloom configuration: radloom schema config."}}}},
                  {"digest", "effective"})},
          {"case", text()}, {"status", Json{{"enum", Json::array({"ok", "partial", "failed"})}}},
          {"error", Json{{"$ref", "#/definitions/error"}}}, {"carried", object_of_any(text())},
          {"image", Json{{"$ref", "#/definitions/volume"}}}, {"mask", Json{{"$ref", "#/definitions/volume"}}},
          {"regions", Json{{"type", "array"}, {"items", Json{{"$ref", "#/definitions/region"}}}}},
          {"timing_ms", timing_schema()}},
      {"schema", "radloom", "config", "case", "status", "image", "mask", "regions", "timing_ms"});
  schema = with_error_where_failed(std::move(schema));
  Json document{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"$id", "radloom.case/1"},
      {"title", "The record of a case"}};
  document.update(schema);
  document["definitions"] =
      Json{{"error", object_of(Json{{"code", error_codes()}, {"message", text()}}, {"code", "message"})},
          {"volume", source_schema()}, {"region", region_schema()}};
  return document.dump(2) + "\n";
}

}  // namespace radloom
