#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/settings_table.hpp"
#include "config/value.hpp"
#include "radloom/config.hpp"
#include "tests/records/schema_check.hpp"
#include "tests/support/data.hpp"

namespace radloom {
namespace {

/// A configuration as JSON, for the validator.
nlohmann::json as_json(const config::Value& value) {
  using Kind = config::Value::Kind;
  switch (value.kind) {
    case Kind::null: return nullptr;
    case Kind::boolean: return value.boolean;
    case Kind::integer: return value.integer;
    case Kind::number: return value.number;
    case Kind::text: return value.scalar;
    case Kind::list: {
      nlohmann::json list = nlohmann::json::array();
      for (const auto& item : value.items) list.push_back(as_json(item));
      return list;
    }
    case Kind::map: break;
  }
  nlohmann::json map = nlohmann::json::object();
  for (const auto& [key, field] : value.fields) map[key] = as_json(field);
  return map;
}

std::string violations(const nlohmann::json& configuration) {
  static const test::SchemaCheck check(config_schema());
  return check.violations(configuration);
}

bool valid(const std::string& text) { return violations(as_json(config::parse_value(text, "test"))).empty(); }

bool loads(const std::string& text) {
  try {
    parse_config(text, "test");
    return true;
  } catch (const Error&) {
    return false;
  }
}

TEST(ConfigSchema, AcceptsPresetsAndEffectiveConfigurations) {
  for (const auto& preset : presets()) {
    if (!preset.available) continue;
    ConfigRequest request;
    request.preset = preset.name;
    EXPECT_EQ(violations(nlohmann::json::parse(load_config(request).effective_json)), "") << preset.name;
  }
}

TEST(ConfigSchema, AgreesWithTheReaderOnReferenceFiles) {
  RADLOOM_NEEDS_DATA("pyradiomics/params");
  for (const auto& entry : std::filesystem::directory_iterator(test::data_root() / "pyradiomics/params")) {
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(valid(text.str()), loads(text.str())) << entry.path();
  }
}

/// The schema and the reader come from one table: on every setting, each probe is valid where it is read.
TEST(ConfigSchema, AgreesWithTheReaderOnEverySetting) {
  const char* probes[] = {"null", "true", "-1", "0", "1", "2", "3", "4", "10", "11", "0.5", "1.5", "-0.5", "word", "[]",
      "[1]", "[0, 1]", "[1, 2, 3]", "[1.5, 1.5, 1.5]", "[-1, 0, 1]", "[a]", "{}", "all", "1+2", "absolute", "sigma",
      "manhattan", "per_direction", "linear", "sitkLinear", "coif1", "uniform"};
  int accepted = 0, refused = 0;
  for (const auto& row : config::settings_table()) {
    for (const char* probe : probes) {
      for (const bool theirs : {true, false}) {
        const auto key = theirs ? row.pyradiomics : row.name;
        if (key.empty()) continue;
        const std::string text = theirs ? "setting: {" + std::string(key) + ": " + probe + "}"
                                        : "convention: " + std::string(row.ibsi_only ? "ibsi" : "pyradiomics") +
                                              "\nsettings: {" + std::string(key) + ": " + probe + "}";
        const bool read = loads(text);
        EXPECT_EQ(valid(text), read) << text;
        ++(read ? accepted : refused);
      }
    }
  }
  EXPECT_GT(accepted, 200);
  EXPECT_GT(refused, 1000);
}

TEST(ConfigSchema, RefusesWhatTheReaderRefuses) {
  for (const char* text : {"foo: 1", "settings: {foo: 1}", "setting: {foo: 1}", "imageType: {Gabor: {}}",
           "image_types: [Log]", "featureClass: {glcm: [Foo]}", "families: {glcm: [MeshVolume]}", "convention: mine",
           "voxelSetting: {kernelRadius: 0}", "voxelSetting: {initValue: none}", "families: []", "image_types: []",
           "image_types: {Original: {normalize: true}}", "setting: {minimumROIDimensions: 0}", "settings: {sigma: [0]}",
           "settings: {laws_kernels: L4}"}) {
    EXPECT_FALSE(loads(text)) << text;
    EXPECT_FALSE(valid(text)) << text;
  }
}

}  // namespace
}  // namespace radloom
