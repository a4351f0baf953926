// radloom conformance: the values it knows, how it counts and what it ends with.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <sstream>

#include "cli/run_program.hpp"
#include "radloom/io.hpp"
#include "support/csv.hpp"

namespace radloom::test {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<Row> table(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const auto header = csv_fields(line);
  std::vector<Row> rows;
  while (std::getline(lines, line)) {
    const auto cells = csv_fields(line);
    EXPECT_EQ(cells.size(), header.size()) << line;
    Row row;
    for (std::size_t k = 0; k < std::min(cells.size(), header.size()); ++k) row[header[k]] = cells[k];
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(Conformance, OfTheDigitalPhantomNeedsNothing) {
  const TemporaryFolder folder;
  const Outcome shown = run({"conformance"}, folder.path());
  const Outcome written = run({"conformance", "-o", "-", "--quiet"}, folder.path());
  EXPECT_TRUE(files_below(folder.path()).empty());
  EXPECT_EQ(written.err, "");
  const auto report = table(written.out);
  ASSERT_EQ(report.size(), 482u);
  int passed = 0;
  for (auto row : report) passed += row["passed"] == "yes";
  EXPECT_EQ(shown.status, passed == 482 ? 0 : 2);
  EXPECT_EQ(written.status, shown.status);
  EXPECT_NE(shown.out.find("\n" + std::to_string(passed) + " of 482 reference values reproduced\n"), std::string::npos)
      << shown.out;
  for (const char* family : {"morphology", "local intensity", "statistics", "intensity histogram", "IVH", "GLCM",
           "GLRLM", "GLSZM", "GLDZM", "NGTDM", "NGLDM", "all"})
    EXPECT_NE(shown.out.find(std::string("\n") + family + " "), std::string::npos) << family;
  EXPECT_NE(shown.err.find("--data"), std::string::npos) << "says how to compare the rest";
}

#ifndef RADLOOM_SANITIZED  // minutes under them, where tests/ibsi measures the same phantoms and tests/filters makes the same images
/// By configuration and tag.
std::map<std::string, Row> published() {
  std::map<std::string, Row> rows;
  for (auto& row : table(read_text(data_root() / "ibsi1/reference_values.csv")))
    if (row["family"] != "diagnostics") rows[row["config"] + " " + row["tag"]] = row;
  return rows;
}

/// The report's values and figures are those published, its verdicts follow the rule. Returns how many passed.
int expect_published(const std::vector<Row>& report, std::map<std::string, Row> rows) {
  int passed = 0;
  for (auto row : report) {
    const std::string set = row["data_set"];
    const std::string name = (set == "digital phantom" ? "digital" : set.substr(set.size() - 1)) + " " + row["tag"];
    const auto found = rows.find(name);
    if (found == rows.end()) {
      ADD_FAILURE() << name << " is no reference value, or stands there twice";
      continue;
    }
    Row& theirs = found->second;
    EXPECT_EQ(std::stod(row["benchmark_value"]), std::stod(theirs["value"])) << name;
    EXPECT_EQ(std::stod(row["tolerance"]), std::stod(theirs["tolerance"])) << name;
    EXPECT_EQ(row["family"], theirs["family"]) << name;
    EXPECT_EQ(row["image_biomarker"], theirs["feature"]) << name;
    EXPECT_EQ(row["ibsi_id"], theirs["ibsi_id"]) << name;
    EXPECT_EQ(row["aggregation_id"], theirs["aggregation_id"]) << name;
    EXPECT_EQ(row["consensus"], theirs["consensus"]) << name;
    bool good = false;
    if (!row["result"].empty()) {
      char text[64];
      std::snprintf(text, sizeof text, "%.2e", std::stod(row["result"]));
      const double value = std::stod(theirs["value"]);
      good = std::fabs(std::stod(text) - value) <= std::stod(theirs["tolerance"]) + 1e-12 * std::fabs(value);
      EXPECT_EQ(row["remark"], "") << name;
    } else {
      EXPECT_NE(row["remark"], "") << name << " has neither a value nor the reason why";
    }
    EXPECT_EQ(row["passed"], good ? "yes" : "no") << name;
    passed += good;
    rows.erase(found);
  }
  EXPECT_EQ(rows.size(), 0u) << "left out: " << (rows.empty() ? "" : rows.begin()->first);
  return passed;
}

/// Rows of chapter 2: 323 values, each in its own tolerance, and 33 response maps, of each the voxel that differs most.
void expect_published_filters(std::vector<Row> report) {
  std::map<std::string, Row> values, maps;
  for (auto& row : table(read_text(data_root() / "ibsi2/reference_feature_values.csv")))
    values["configuration " + row["config"] + " " + row["ibsi_id"]] = row;
  for (auto& row : table(read_text(data_root() / "ibsi2/response_maps.csv"))) maps["test " + row["test"]] = row;
  ASSERT_EQ(values.size(), 323u);
  ASSERT_EQ(maps.size(), 33u);
  for (auto& row : report) {
    const bool is_map = row["family"] == "response map";
    const std::string name = is_map ? row["data_set"] : row["data_set"] + " " + row["ibsi_id"];
    auto& published = is_map ? maps : values;
    const auto found = published.find(name);
    if (found == published.end()) {
      ADD_FAILURE() << name << " is no reference, or stands there twice";
      continue;
    }
    Row& theirs = found->second;
    const double tolerance = std::stod(theirs["tolerance"]);
    EXPECT_NEAR(std::stod(row["tolerance"]), tolerance, 1e-6 * tolerance) << name;
    if (is_map) {
      EXPECT_NE(row["remark"].find("voxel "), std::string::npos) << name;
      EXPECT_GE(std::stod(row["benchmark_value"]), std::stod(theirs["reference_min"]) - 1e-6 * tolerance) << name;
      EXPECT_LE(std::stod(row["benchmark_value"]), std::stod(theirs["reference_max"]) + 1e-6 * tolerance) << name;
    } else {
      EXPECT_EQ(std::stod(row["benchmark_value"]), std::stod(theirs["value"])) << name;
      EXPECT_EQ(row["image_biomarker"], theirs["feature"]) << name;
      EXPECT_EQ(row["tag"], theirs["tag"]) << name;
      EXPECT_EQ(row["remark"], "") << name;
    }
    EXPECT_LE(std::fabs(std::stod(row["result"]) - std::stod(row["benchmark_value"])), tolerance) << name;
    EXPECT_EQ(row["passed"], "yes") << name;
    published.erase(found);
  }
  EXPECT_EQ(values.size(), 0u) << "left out: " << (values.empty() ? "" : values.begin()->first);
  EXPECT_EQ(maps.size(), 0u) << "left out: " << (maps.empty() ? "" : maps.begin()->first);
}

TEST(Conformance, KnowsEveryPublishedValue) {
  RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
  RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/image.nii.gz");
  RADLOOM_NEEDS_DATA("ibsi2/response_maps.csv");
  const TemporaryFolder folder;
  const auto file = folder / "report.csv";
  const Outcome outcome = run({"conformance", "--data", data_root().string(), "-o", file.string(), "--device", "cpu"});
  const auto report = table(read_text(file));
  ASSERT_EQ(report.size(), 1804u + 323 + 33);
  const int passed = expect_published({report.begin(), report.begin() + 1804}, published());
  EXPECT_EQ(outcome.status, passed == 1804 ? 0 : 2) << outcome.err;
  expect_published_filters({report.begin() + 1804, report.end()});
  EXPECT_NE(outcome.out.find("\n323 of 323 reference values of chapter 2 (filters) reproduced\n"), std::string::npos);
  EXPECT_NE(outcome.out.find("\n33 of 33 response maps reproduced, voxel by voxel\n"), std::string::npos);
  EXPECT_NE(
      outcome.out.find("\n" + std::to_string(passed) + " of 1804 reference values reproduced\n"), std::string::npos);
}
#endif

TEST(Conformance, WrongFoldersAndDevicesAreSaid) {
  const TemporaryFolder folder;
  const Outcome nothing = run({"conformance", "--data", folder.path().string()});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_EQ(nothing.out, "");
  EXPECT_EQ(nothing.lines_of_err(), 1u);
  EXPECT_NE(nothing.err.find("nifti/image/phantom.nii.gz"), std::string::npos) << nothing.err;
  EXPECT_NE(nothing.err.find("1_a_1-ValidCRM.nii"), std::string::npos) << nothing.err;
  EXPECT_EQ(run({"conformance", "--data", (folder / "absent").string()}).status, 1);
  EXPECT_EQ(run({"conformance", "--device", "cuda:977"}).status, 4);
  // A phantom that cannot be read: the digital one is compared all the same, the others are failed cases.
  fs::create_directory(folder / "ct_phantom");
  write_text(folder / "ct_phantom/image.nii.gz", "no image");
  write_text(folder / "ct_phantom/mask.nii.gz", "no mask");
  const Outcome damaged = run({"conformance", "--data", folder.path().string()});
  EXPECT_EQ(damaged.status, 2);
  EXPECT_NE(damaged.out.find(" of 482 reference values reproduced"), std::string::npos);
  EXPECT_EQ(damaged.lines_of_err(), 7u) << damaged.err;  // A to E, filters, and that the maps were left out
}

TEST(Conformance, AResponseMapThatIsMissedIsShown) {
  RADLOOM_NEEDS_DATA("ibsi2/response_maps/1.b.1.nii.gz");
  // As the consortium names them: one map in the place of another, one damaged, the others absent.
  const TemporaryFolder folder;
  fs::create_directory(folder / "reference_response_maps");
  const Volume other = read_volume(data_root() / "ibsi2/response_maps/1.b.1.nii.gz").volume;
  write_volume(folder / "reference_response_maps/1_a_1-ValidCRM.nii", other);
  write_text(folder / "reference_response_maps/1_a_2-ValidCRM.nii", "no map");
  const Outcome outcome = run({"conformance", "--data", folder.path().string(), "-o", (folder / "r.csv").string()});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.out.find("\n0 of 1 response maps reproduced"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("\n1.a.1 "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("response map 1.a.2: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("response map 10.b.1: "), std::string::npos) << outcome.err;
  const auto report = table(read_text(folder / "r.csv"));
  ASSERT_EQ(report.size(), 483u);
  Row row = report.back();
  EXPECT_EQ(row["passed"], "no");
  EXPECT_NE(row["remark"].find(" beyond the tolerance"), std::string::npos) << row["remark"];
}

}  // namespace
}  // namespace radloom::test
