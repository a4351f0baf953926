// Cohorts through the program: order, tables, failures, resuming, shards, interruption.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "cli/small_case.hpp"

namespace radloom::test {
namespace {

using Json = nlohmann::json;

class Batch : public SmallCase {
 protected:
  Outcome batch(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"batch", "cohort.csv", "-o", "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments, folder.path());
  }

  /// `rows` cases that share the small volumes.
  void write_manifest(int rows) const {
    std::string text = "ID,Image,Mask,Site\n";
    for (int row = 0; row < rows; ++row)
      text += "case-" + std::to_string(row) + ",image.nii.gz,mask.nii.gz,site " + std::to_string(row % 3) + "\n";
    write_text(folder / "cohort.csv", text);
  }

  /// The value of a column in each row of a table without quotes.
  std::vector<std::string> column(const std::string& csv, const std::string& name) const {
    std::istringstream lines(csv);
    std::string line;
    std::getline(lines, line);
    std::istringstream header(line);
    std::size_t at = 0;
    for (std::string cell; std::getline(header, cell, ',') && cell != name;) ++at;
    std::vector<std::string> values;
    while (std::getline(lines, line)) {
      std::istringstream cells(line);
      std::string cell;
      for (std::size_t c = 0; c <= at; ++c) std::getline(cells, cell, ',');
      values.push_back(cell);
    }
    return values;
  }

  fs::path out = folder / "out";
};

TEST_F(Batch, KeepsTheOrderOfTheManifest) {
  write_manifest(20);
  const Outcome outcome = batch({"--label", "all"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  const std::string csv = read_text(out / "features.csv");
  const auto cases = column(csv, "case"), labels = column(csv, "label"), sites = column(csv, "Site");
  ASSERT_EQ(cases.size(), 40u);
  for (int row = 0; row < 40; ++row) {
    EXPECT_EQ(cases[std::size_t(row)], "case-" + std::to_string(row / 2));
    EXPECT_EQ(labels[std::size_t(row)], row % 2 ? "3" : "1");
    EXPECT_EQ(sites[std::size_t(row)], "site " + std::to_string(row / 2 % 3));
  }
  EXPECT_EQ(Json::parse(read_text(out / "failures.json")), Json::array());
  const Json seventh = Json::parse(read_text(out / "cases" / "case-7.json"));
  EXPECT_EQ(seventh.at("case"), "case-7");
  EXPECT_EQ(seventh.at("regions").size(), 2u);
  EXPECT_EQ(files_below(out).size(), 25u);
  // The same bytes whatever the number of threads.
  EXPECT_EQ(batch({"--label", "all", "-j", "1"}).status, 0);
  EXPECT_EQ(read_text(out / "features.csv"), csv);
  // More than there are processors: as many are taken, and no library says otherwise.
  fs::remove_all(out);
  const Outcome many = batch({"--label", "all", "-j", "64", "--quiet"});
  EXPECT_EQ(many.status, 0);
  EXPECT_EQ(many.err, "");
  EXPECT_EQ(read_text(out / "features.csv"), csv);
}

TEST_F(Batch, FailuresStayWithTheirCase) {
  write_text(folder / "cohort.csv",
      "ID,Image,Mask,Label\ngood,image.nii.gz,mask.nii.gz,\ngone,absent.nii.gz,mask.nii.gz,\nother,image.nii.gz,mask.nii.gz,3\nnone,image.nii.gz,mask.nii.gz,8\n");
  const Outcome outcome = batch();
  EXPECT_EQ(outcome.status, 2);
  const Json failures = Json::parse(read_text(out / "failures.json"));
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_EQ(failures.at(0).at("case"), "gone");
  EXPECT_EQ(failures.at(0).at("line"), 3);
  EXPECT_EQ(failures.at(0).at("error").at("code"), "file_missing");
  EXPECT_EQ(failures.at(1).at("error").at("code"), "label_absent");
  EXPECT_EQ(Json::parse(read_text(out / "cases" / "gone.json")).at("status"), "failed");
  const std::string csv = read_text(out / "features.csv");
  EXPECT_EQ(column(csv, "status"), (std::vector<std::string>{"ok", "failed", "ok", "failed"}));
  EXPECT_EQ(column(csv, "label"), (std::vector<std::string>{"1", "", "3", ""}));
  EXPECT_NE(outcome.err.find("gone: file_missing"), std::string::npos) << outcome.err;
}

TEST_F(Batch, NoCaseComputedIsStatusThree) {
  write_text(folder / "cohort.csv", "Image,Mask\nabsent.nii.gz,mask.nii.gz\n");
  EXPECT_EQ(batch().status, 3);
}

TEST_F(Batch, GivesUpAfterTooManyFailures) {
  std::string text = "ID,Image,Mask\n";
  for (int row = 0; row < 300; ++row) text += "case-" + std::to_string(row) + ",absent.nii.gz,mask.nii.gz\n";
  write_text(folder / "cohort.csv", text);
  const Outcome outcome = batch({"--max-failures", "2", "-j", "1"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_NE(outcome.err.find("--max-failures 2"), std::string::npos) << outcome.err;
  EXPECT_LT(files_below(out / "cases").size(), 10u);
  EXPECT_GE(Json::parse(read_text(out / "failures.json")).size(), 3u);
  EXPECT_FALSE(fs::exists(out / "features.csv"));
}

TEST_F(Batch, DryRunComputesNothing) {
  Geometry moved = grid;
  moved.origin_mm[0] += 1;
  write_volume(folder / "moved.nii.gz", Volume::from(moved, small_labels(moved)));
  write_text(folder / "cohort.csv",
      "ID,Image,Mask\na,image.nii.gz,mask.nii.gz\nb,image.nii.gz,moved.nii.gz\nc,absent.nii.gz,mask.nii.gz\n");
  const Outcome outcome = batch({"--dry-run"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_FALSE(fs::exists(out));
  EXPECT_NE(outcome.err.find("line 3: b: image and mask do not share a grid"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("line 4: c: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("3 cases"), std::string::npos) << outcome.out;
}

TEST_F(Batch, ResumesWhatIsDone) {
  write_manifest(6);
  ASSERT_EQ(batch().status, 0);
  const std::string csv = read_text(out / "features.csv");
  const auto kept = out / "cases" / "case-2.json", lost = out / "cases" / "case-3.json",
             broken = out / "cases" / "case-4.json";
  const std::string kept_text = read_text(kept);
  const auto kept_time = fs::last_write_time(kept);
  fs::remove(lost);
  write_text(broken, read_text(broken).substr(0, 300));
  EXPECT_EQ(batch({"--resume"}).status, 0);
  EXPECT_EQ(fs::last_write_time(kept), kept_time);
  EXPECT_TRUE(fs::exists(lost));
  EXPECT_TRUE(Json::accept(read_text(broken)));
  EXPECT_EQ(read_text(out / "features.csv"), csv);
  // Another configuration, or a newer image, is computed again.
  EXPECT_EQ(batch({"--resume", "--set", "bin_width=10"}).status, 0);
  EXPECT_NE(read_text(out / "features.csv"), csv);
  EXPECT_EQ(batch({"--resume"}).status, 0);
  EXPECT_EQ(read_text(out / "features.csv"), csv);
  const auto before = fs::last_write_time(kept);
  fs::last_write_time(image, fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(batch({"--resume"}).status, 0);
  EXPECT_GT(fs::last_write_time(kept), before);
}

TEST_F(Batch, ShardsShareTheRows) {
  write_manifest(7);
  ASSERT_EQ(batch().status, 0);
  const auto whole = column(read_text(out / "features.csv"), "case");
  fs::remove_all(out);
  std::vector<std::string> together;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    EXPECT_EQ(batch({"--shard", shard}).status, 0);
    const auto part = column(read_text(out / ("features.shard-" + std::string(1, shard[0]) + "-of-3.csv")), "case");
    together.insert(together.end(), part.begin(), part.end());
  }
  EXPECT_EQ(together, (std::vector<std::string>{"case-0", "case-3", "case-6", "case-1", "case-4", "case-2", "case-5"}));
  EXPECT_EQ(whole.size(), together.size());
}

TEST_F(Batch, AllRecordsInOneFile) {
  write_manifest(3);
  ASSERT_EQ(batch({"--format", "ndjson"}).status, 0);
  std::istringstream lines(read_text(out / "records.ndjson"));
  int row = 0;
  for (std::string line; std::getline(lines, line); ++row)
    EXPECT_EQ(Json::parse(line).at("case"), "case-" + std::to_string(row));
  EXPECT_EQ(row, 3);
}

TEST_F(Batch, NamesStayInTheFolder) {
  write_text(folder / "cohort.csv",
      "ID,Image,Mask\n../../escape,image.nii.gz,mask.nii.gz\n/etc/passwd,image.nii.gz,mask.nii.gz\n..,image.nii.gz,mask.nii.gz\na/b,image.nii.gz,mask.nii.gz\na b,image.nii.gz,mask.nii.gz\nA b,image.nii.gz,mask.nii.gz\n");
  const auto before = files_below(folder.path());
  EXPECT_EQ(batch().status, 0);
  EXPECT_EQ(files_below(out / "cases").size(), 6u);
  EXPECT_EQ(files_below(folder.path()).size(), before.size() + 11);
  std::vector<std::string> names;
  for (const auto& name : files_below(out / "cases"))
    names.push_back(Json::parse(read_text(out / "cases" / name)).at("case"));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"..", "../../escape", "/etc/passwd", "A b", "a b", "a/b"}));
}

TEST_F(Batch, OutputNotWritableIsFoundFirst) {
  write_manifest(2);
  write_text(out, "a file in the way");
  const Outcome outcome = batch();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.lines_of_err(), 1u) << outcome.err;
  EXPECT_EQ(read_text(out), "a file in the way");
}

TEST_F(Batch, TableAndPlacesOnRequest) {
  write_manifest(2);
  const Outcome outcome = batch({"--table", "--label", "all"});
  for (const char* part :
      {"case-0", "sphericity", "cases/s", "voxels/s", "out/cases", "out/features.csv", "out/failures.json"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << " is not in: " << outcome.out;
}

class Interrupted : public Batch, public ::testing::WithParamInterface<int> {};

TEST_P(Interrupted, LeavesWholeRecordsAndGoesOn) {
  Geometry large{{64, 64, 48}, {1, 1, 1}, {}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  write_volume(image, Volume::from(large, small_values(large)));
  write_volume(mask, Volume::from(large, std::vector<std::uint8_t>(std::size_t(large.voxels()), 1)));
  write_manifest(2000);  // far more than is computed before the signal
  Running running({"batch", "cohort.csv", "-o", "out"}, folder.path());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while ((!fs::exists(out / "cases") || fs::is_empty(out / "cases")) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  running.signal(GetParam());
  const Outcome outcome = running.wait();
  EXPECT_EQ(outcome.status, 5) << outcome.err;
  EXPECT_NE(outcome.err.find("--resume"), std::string::npos) << outcome.err;
  const Json stopped = Json::parse(read_text(out / "run.json"));
  EXPECT_EQ(stopped.at("state"), "interrupted");
  const Json& counts = stopped.at("cases");
  EXPECT_EQ(counts.at("ok").get<int>(), counts.at("computed").get<int>()) << "of this cohort every case is ok";
  auto files = files_below(out);
  std::erase_if(files, [](const auto& name) { return !name.starts_with("cases/"); });
  ASSERT_FALSE(files.empty());
  ASSERT_LT(files.size(), 1990u);
  for (const auto& name : files) {
    EXPECT_TRUE(name.starts_with("cases/case-") && name.ends_with(".json")) << name;
    EXPECT_TRUE(Json::accept(read_text(out / name))) << name;
  }
  // The records that are there are kept: resuming the first rows only.
  write_manifest(int(std::min<std::size_t>(files.size(), 4)));
  EXPECT_EQ(batch({"--resume"}).status, 0);
  EXPECT_TRUE(fs::exists(out / "features.csv"));
}

INSTANTIATE_TEST_SUITE_P(Signals, Interrupted, ::testing::Values(SIGINT, SIGTERM));

TEST_F(Batch, ExampleCohort) {
  const Outcome example = run({"example", "demo"}, folder.path());
  ASSERT_EQ(example.status, 0) << example.err;
  EXPECT_EQ(run({"check", "demo/manifest.csv"}, folder.path()).status, 0);
  const Outcome outcome =
      run({"batch", "demo/manifest.csv", "--preset", "pyradiomics", "--label", "all", "-o", "demo/out"}, folder.path());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string csv = read_text(folder / "demo/out/features.csv");
  EXPECT_EQ(column(csv, "case").size(), 18u);
  // Voxel counts as labels.csv states them.
  std::vector<std::string> stated = column(read_text(folder / "demo/labels.csv"), "voxels"), measured;
  for (const char* name : {"ct-1", "ct-2", "ct-3", "mr-1", "mr-2", "mr-3"}) {
    const Json json = Json::parse(read_text(folder / "demo/out/cases" / (std::string(name) + ".json")));
    for (const auto& region : json.at("regions")) measured.push_back(region.at("voxels").dump());
  }
  EXPECT_EQ(measured, stated);
}

}  // namespace
}  // namespace radloom::test
