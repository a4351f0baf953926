#include <nlohmann/json.hpp>

#include "catalogue/image_types.hpp"
#include "catalogue/lookup.hpp"
#include "config/settings_table.hpp"
#include "config/vocabulary.hpp"
#include "radloom/config.hpp"

namespace radloom {
namespace config {
namespace {

using Json = nlohmann::ordered_json;

Json object_of(Json properties) {
  return Json{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json or_null(Json schema) { return Json{{"anyOf", Json::array({std::move(schema), Json{{"type", "null"}}})}}; }

/// The settings a dialect takes, all of them or those an image type may have of its own.
Json settings_schema(Dialect dialect, bool per_image_type) {
  Json properties = Json::object();
  for (const auto& row : settings_table()) {
    if (per_image_type && row.per_image_type == PerImageType::refused) continue;
    if (per_image_type && dialect == Dialect::radloom && row.per_image_type != PerImageType::honoured) continue;
    if (dialect == Dialect::radloom && !row.name.empty())
      properties[std::string(row.name)] = setting_schema(row, dialect);
    if (dialect == Dialect::pyradiomics && row.of_maps) continue;
    if (!row.pyradiomics.empty()) properties[std::string(row.pyradiomics)] = setting_schema(row, dialect);
  }
  return object_of(std::move(properties));
}

/// The features that may be asked of the families of a name: null or an empty list means all of them.
Json features_schema(const std::vector<FamilyName>& families, Dialect dialect) {
  Json names = Json::array();
  for (const auto& family : families)
    for (const auto& row : features(family.family)) {
      if (!family.ibsi_family.empty() && row.ibsi_family != family.ibsi_family) continue;
      if (!row.pyradiomics.empty()) names.push_back(row.pyradiomics);
      if (dialect == Dialect::radloom && !row.ibsi_feature.empty() && row.ibsi_feature != row.pyradiomics)
        names.push_back(row.ibsi_feature);
    }
  if (dialect == Dialect::pyradiomics)
    for (const auto& retired : retired_features())
      if (retired.family == families[0].family) names.push_back(retired.pyradiomics);
  return or_null(Json{{"type", "array"}, {"items", Json{{"enum", std::move(names)}}}});
}

Json families_schema(Dialect dialect) {
  Json properties = Json::object();
  for (const auto& key : family_keys(dialect)) properties[key] = features_schema(find_family(key), dialect);
  return object_of(std::move(properties));
}

/// The image types a dialect takes, each with the settings it may have of its own.
Json image_types_schema(Dialect dialect, const Json& settings) {
  Json properties = Json::object();
  for (const auto& row : image_types())
    if (dialect == Dialect::radloom || row.in_pyradiomics) properties[std::string(row.name)] = settings;
  return object_of(std::move(properties));
}

Json radloom_schema() {
  Json types = image_types_schema(Dialect::radloom, or_null(settings_schema(Dialect::radloom, true)));
  Json names = Json::array();
  for (const auto& type : types.at("properties").items()) names.push_back(type.key());
  types["minProperties"] = 1;
  Json families = families_schema(Dialect::radloom);
  families["minProperties"] = 1;
  const Json named_types{
      {"type", "array"}, {"items", Json{{"enum", std::move(names)}}}, {"minItems", 1}, {"uniqueItems", true}};
  const Json named_families{
      {"type", "array"}, {"items", Json{{"enum", family_keys(Dialect::radloom)}}}, {"minItems", 1}};
  Json schema = object_of(Json{
      {"schema", Json{{"const", schema_name}}},
      {"convention", Json{{"enum", Json::array({"ibsi", "pyradiomics"})},
                         {"description", "Numerics and names; ibsi by default."}}},
      {"image_types", Json{{"anyOf", Json::array({named_types, std::move(types), Json{{"type", "null"}}})}}},
      {"families", Json{{"anyOf", Json::array({named_families, std::move(families), Json{{"type", "null"}}})}}},
      {"settings", or_null(settings_schema(Dialect::radloom, false))},
  });
  schema["title"] = "A radloom configuration";
  return schema;
}

Json voxel_settings_schema() {
  Json properties = Json::object();
  for (const auto& key : voxel_settings())
    properties[key] = setting_schema(*find_voxel_setting(key), Dialect::pyradiomics);
  return object_of(std::move(properties));
}

Json pyradiomics_schema() {
  Json schema = object_of(Json{
      {"imageType", image_types_schema(Dialect::pyradiomics, settings_schema(Dialect::pyradiomics, true))},
      {"featureClass", families_schema(Dialect::pyradiomics)},
      {"setting", settings_schema(Dialect::pyradiomics, false)},
      {"voxelSetting", voxel_settings_schema()},
  });
  schema["title"] = "A PyRadiomics parameter file";
  return schema;
}

}  // namespace
}  // namespace config

std::string config_schema() {
  const config::Json schema{
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"$id", "radloom.config/1"},
      {"title", "radloom configuration"},
      {"anyOf", config::Json::array({config::radloom_schema(), config::pyradiomics_schema()})},
  };
  return schema.dump(2) + "\n";
}

}  // namespace radloom
