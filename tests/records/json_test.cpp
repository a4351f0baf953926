#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <limits>

#include "radloom/config.hpp"
#include "radloom/error.hpp"
#include "radloom/record.hpp"
#include "tests/records/schema_check.hpp"

namespace radloom {
namespace {

using nlohmann::json;

RunInfo a_run() {
  const Config config = parse_config("families: {ngtdm: [Contrast, Busyness], ih: [Entropy]}", "test");
  return {"0.1.0", config.convention, "cpu", config.digest, config.effective_json, columns(config), {}};
}

RegionRecord a_region() {
  RegionRecord region;
  region.voxels = 5;
  region.bounding_box = {{1, 2, 3}, {4, 5, 6}};
  region.values = {{0.1, Undefined::none}, {0, Undefined::one_gray_level}, {-3e-300, Undefined::none}};
  return region;
}

CaseRecord a_case() {
  CaseRecord record;
  record.case_id = "patient-7";
  Geometry grid;
  grid.size = {10, 20, 30};
  record.image = {"image.nii.gz", std::string(64, 'a'), grid};
  record.mask = {"mask.nii.gz", "", grid};
  record.regions = {a_region()};
  record.carried = {{"site", "A"}, {"age", "61"}};
  return record;
}

CaseRecord a_failed_case() {
  CaseRecord record;
  record.case_id = "patient-8";
  record.status = Status::failed;
  record.error = {"file_missing", "image.nii: no such file"};
  record.image.path = "image.nii";
  return record;
}

std::string violations(const json& record) {
  static const test::SchemaCheck check(case_schema());
  return check.violations(record);
}

json parsed(const CaseRecord& record, const RunInfo& run = a_run()) { return json::parse(to_json(record, run)); }

TEST(Json, HasTheFieldsOfTheInterface) {
  const json j = parsed(a_case());
  EXPECT_EQ(j["schema"], "radloom.case/1");
  EXPECT_EQ(j["radloom"]["version"], "0.1.0");
  EXPECT_EQ(j["radloom"]["convention"], "ibsi");
  EXPECT_EQ(j["radloom"]["device"], "cpu");
  EXPECT_EQ(j["config"]["effective"]["settings"]["bin_width"], 25.0);
  EXPECT_EQ(j["case"], "patient-7");
  EXPECT_EQ(j["status"], "ok");
  EXPECT_FALSE(j.contains("error"));
  EXPECT_EQ(j["image"]["size"], json({10, 20, 30}));
  EXPECT_EQ(j["image"]["sha256"], std::string(64, 'a'));
  EXPECT_TRUE(j["mask"]["sha256"].is_null());
  EXPECT_EQ(j["carried"]["site"], "A");
  const json& region = j["regions"][0];
  EXPECT_EQ(region["label"], 1);
  EXPECT_EQ(region["bounding_box"], json({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(region["voxels"], 5);
}

TEST(Json, KeepsTheOrderOfTheColumns) {
  const auto ordered = nlohmann::ordered_json::parse(to_json(a_case(), a_run()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : ordered["regions"][0]["features"].items()) keys.push_back(key);
  EXPECT_EQ(keys,
      (std::vector<std::string>{"original_ngtdm_contrast_3d", "original_ngtdm_busyness_3d", "original_ih_entropy"}));
  std::vector<std::string> top;
  for (const auto& [key, value] : ordered.items()) top.push_back(key);
  EXPECT_EQ(top, (std::vector<std::string>{"schema", "radloom", "config", "case", "status", "carried", "image", "mask",
                     "regions", "timing_ms"}));
}

TEST(Json, UndefinedValuesAreNullWithAReason) {
  CaseRecord record = a_case();
  record.regions[0].values[2].value = std::numeric_limits<double>::quiet_NaN();
  const json region = parsed(record)["regions"][0];
  EXPECT_EQ(region["features"]["original_ngtdm_contrast_3d"], 0.1);
  EXPECT_TRUE(region["features"]["original_ngtdm_busyness_3d"].is_null());
  EXPECT_EQ(region["undefined"],
      json({{"original_ngtdm_busyness_3d", "one_gray_level"}, {"original_ih_entropy", "not_finite"}}));
}

TEST(Json, NumbersReadBackTheSame) {
  CaseRecord record = a_case();
  for (const double value :
      {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e21, 123456789012345678.0, 2.5000000000000004}) {
    record.regions[0].values[0].value = value;
    const double back = parsed(record)["regions"][0]["features"]["original_ngtdm_contrast_3d"];
    EXPECT_EQ(std::signbit(back), std::signbit(value));
    EXPECT_EQ(back, value);
    const std::string row = to_csv(record, a_run());
    EXPECT_EQ(std::strtod(row.c_str() + row.find("ok,,") + 4, nullptr), value) << row;
  }
}

TEST(Json, UnionsAreTextAndNamesAreKept) {
  CaseRecord record = a_case();
  record.regions[0].label = "1+2";
  record.regions[0].label_name = "GTV";
  const json region = parsed(record)["regions"][0];
  EXPECT_EQ(region["label"], "1+2");
  EXPECT_EQ(region["label_name"], "GTV");
}

TEST(Json, FailuresCarryTheirReason) {
  const json j = parsed(a_failed_case());
  EXPECT_EQ(j["status"], "failed");
  EXPECT_EQ(j["error"]["code"], "file_missing");
  EXPECT_TRUE(j["regions"].empty());
  EXPECT_FALSE(j["mask"].contains("size"));

  CaseRecord record = a_case();
  record.regions[0].status = Status::failed;
  record.regions[0].values.clear();
  record.regions[0].error = {"region_too_small", "one voxel"};
  record.status = Status::failed;
  EXPECT_EQ(parsed(record)["error"]["code"], "region_too_small") << "the region's error is the case's";
  EXPECT_EQ(parsed(record)["regions"][0]["features"], json::object());
}

TEST(Json, DiagnosticsKeepTheirTypes) {
  CaseRecord record = a_case();
  record.regions[0].diagnostics = {
      {"diagnostics_Image-original_Spacing", "[1.0, 2.0, 3.0]"}, {"diagnostics_Versions_Python", "no json"}};
  const json diagnostics = parsed(record)["regions"][0]["diagnostics"];
  EXPECT_EQ(diagnostics["diagnostics_Image-original_Spacing"], json({1.0, 2.0, 3.0}));
  EXPECT_EQ(diagnostics["diagnostics_Versions_Python"], "no json");
}

TEST(Json, OneLineHoldsNoLineEnd) {
  CaseRecord record = a_case();
  record.case_id = "a\nb";
  const std::string line = to_json(record, a_run(), -1);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(line)["case"], "a\nb");
}

TEST(Json, BytesThatAreNoTextDoNotBreakIt) {
  CaseRecord record = a_case();
  record.image.path = "caf\xe9.nii";
  EXPECT_NO_THROW(parsed(record));
}

TEST(Json, WrongNumbersOfValuesAreADefect) {
  CaseRecord record = a_case();
  record.regions[0].values.pop_back();
  for (const auto& write : {+[](const CaseRecord& r) { return to_json(r, a_run()); },
           +[](const CaseRecord& r) { return to_csv(r, a_run()); }}) {
    try {
      write(record);
      ADD_FAILURE() << "written";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::internal);
    }
  }
}

// ---- the published schema ----

TEST(CaseSchema, AcceptsWhatIsWritten) {
  EXPECT_EQ(violations(parsed(a_case())), "");
  EXPECT_EQ(violations(parsed(a_failed_case())), "");
  CaseRecord partial = a_case();
  partial.status = Status::partial;
  partial.regions.push_back(a_region());
  partial.regions[1].label = "2+4";
  partial.regions[1].status = Status::failed;
  partial.regions[1].error = {"label_absent", "no label 2"};
  partial.regions[1].values.clear();
  partial.regions[0].diagnostics = {{"diagnostics_x", "[1, 2]"}};
  partial.regions[0].warnings = {"careful"};
  EXPECT_EQ(violations(parsed(partial)), "");
}

TEST(CaseSchema, KnowsEveryReasonAndCode) {
  CaseRecord record = a_case();
  for (int reason = 1; reason <= int(Undefined::empty_region); ++reason) {
    record.regions[0].values[1].undefined = Undefined(reason);
    EXPECT_EQ(violations(parsed(record)), "") << undefined_name(Undefined(reason));
  }
  CaseRecord failed = a_failed_case();
  for (int code = 0; code <= int(ErrorCode::internal); ++code) {
    failed.error.code = code_name(ErrorCode(code));
    EXPECT_EQ(violations(parsed(failed)), "") << failed.error.code;
  }
}

TEST(CaseSchema, RefusesBrokenRecords) {
  const std::vector<std::pair<const char*, void (*)(json&)>> breakages{
      {"another schema", [](json& j) { j["schema"] = "radloom.case/2"; }},
      {"an unknown key", [](json& j) { j["extra"] = 1; }},
      {"no case", [](json& j) { j.erase("case"); }},
      {"a numeric case", [](json& j) { j["case"] = 7; }},
      {"an unknown status", [](json& j) { j["status"] = "fine"; }},
      {"an error without failure",
          [](json& j) {
            j["error"] = {{"code", "internal"}, {"message", ""}};
          }},
      {"a failure without error", [](json& j) { j["status"] = "failed"; }},
      {"an unknown error code",
          [](json& j) {
            j["status"] = "failed";
            j["error"] = {{"code", "bad_luck"}, {"message", ""}};
          }},
      {"an unknown convention", [](json& j) { j["radloom"]["convention"] = "mine"; }},
      {"no version", [](json& j) { j["radloom"].erase("version"); }},
      {"a short digest", [](json& j) { j["config"]["digest"] = "sha256:12"; }},
      {"a size of two",
          [](json& j) {
            j["image"]["size"] = {1, 2};
          }},
      {"a size of zero",
          [](json& j) {
            j["image"]["size"] = {1, 2, 0};
          }},
      {"a grid without spacing", [](json& j) { j["image"].erase("spacing_mm"); }},
      {"a spacing of zero",
          [](json& j) {
            j["image"]["spacing_mm"] = {1, 0, 1};
          }},
      {"a digest that is none", [](json& j) { j["image"]["sha256"] = "xyz"; }},
      {"an unknown reason", [](json& j) { j["regions"][0]["undefined"]["original_ngtdm_busyness_3d"] = "bad_luck"; }},
      {"the reason none", [](json& j) { j["regions"][0]["undefined"]["original_ngtdm_busyness_3d"] = "none"; }},
      {"a feature in words", [](json& j) { j["regions"][0]["features"]["original_ih_entropy"] = "1"; }},
      {"a negative count", [](json& j) { j["regions"][0]["voxels"] = -1; }},
      {"a box of five",
          [](json& j) {
            j["regions"][0]["bounding_box"] = {0, 0, 0, 1, 1};
          }},
      {"label 0", [](json& j) { j["regions"][0]["label"] = 0; }},
      {"a label in words", [](json& j) { j["regions"][0]["label"] = "GTV"; }},
      {"a partial region", [](json& j) { j["regions"][0]["status"] = "partial"; }},
      {"a failed region without error", [](json& j) { j["regions"][0]["status"] = "failed"; }},
      {"a failed region with features",
          [](json& j) {
            j["regions"][0]["status"] = "failed";
            j["regions"][0]["error"] = {{"code", "internal"}, {"message", ""}};
          }},
      {"an unknown key of a region", [](json& j) { j["regions"][0]["extra"] = 1; }},
      {"no warnings", [](json& j) { j["regions"][0].erase("warnings"); }},
      {"time that runs backwards", [](json& j) { j["timing_ms"]["load"] = -1; }},
      {"a carried number", [](json& j) { j["carried"]["age"] = 61; }},
  };
  for (const auto& [what, spoil] : breakages) {
    json j = parsed(a_case());
    ASSERT_EQ(violations(j), "");
    spoil(j);
    EXPECT_NE(violations(j), "") << what;
  }
}

}  // namespace
}  // namespace radloom
