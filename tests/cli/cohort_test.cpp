// Cohorts that are interrupted, limited, shared out and merged, through the program.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/small_case.hpp"

namespace radloom::test {
namespace {

using Json = nlohmann::json;

class Cohort : public SmallCase {
 protected:
  static std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// Two families only: the records are small, and a case takes well below a millisecond.
  static std::vector<std::string> command(const std::vector<std::string>& more = {}) {
    return with({"batch", "cohort.csv", "-o", "out", "--set", "families=[stat, glcm]"}, more);
  }
  Outcome batch(const std::vector<std::string>& more = {}) const { return run(command(more), folder.path()); }

  void write_manifest(int rows) const {
    std::string text = "ID,Image,Mask,Site\n";
    for (int row = 0; row < rows; ++row)
      text += "case-" + std::to_string(row) + ",image.nii.gz,mask.nii.gz,site " + std::to_string(row % 3) + "\n";
    write_text(folder / "cohort.csv", text);
  }

  fs::path out = folder / "out";
};

// Killed fifty times, at moments all over a run and its resumptions, the table is that of a run that nobody killed.
TEST_F(Cohort, FiftyKillsLoseNothing) {
  write_manifest(16);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(batch().status, 0);
  const auto whole_run = std::chrono::steady_clock::now() - began;
  const std::string table = read_text(out / "features.csv");
  const std::uint32_t first_seed = std::uint32_t(std::chrono::system_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed " + std::to_string(first_seed));
  std::uint32_t seed = first_seed;
  const auto random = [&] { return double((seed = seed * 1664525 + 1013904223) >> 8) / double(1 << 24); };
  int kills = 0, runs = 0, partly = 0;
  fs::remove_all(out);
  while (kills < 50) {
    ASSERT_LT(++runs, 400);
    Running running(command({"--resume"}), folder.path());
    std::this_thread::sleep_for(whole_run * (0.8 * random()));
    running.signal(random() < 0.5 ? SIGKILL : SIGTERM);
    const Outcome outcome = running.wait();
    int records = 0;
    if (fs::exists(out / "cases"))
      for (const auto& entry : fs::directory_iterator(out / "cases")) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(".")) continue;
        ASSERT_TRUE(Json::accept(read_text(entry.path()))) << name;
        ++records;
      }
    if (outcome.status != 0) {
      // 5: stopped on request; 137 and 143: killed, the latter before it listened
      ASSERT_TRUE(outcome.status == 5 || outcome.status == 137 || outcome.status == 143)
          << outcome.status << outcome.err;
      ++kills;
      partly += records > 0 && records < 16;
      continue;
    }
    ASSERT_EQ(read_text(out / "features.csv"), table);
    fs::remove_all(out);
  }
  EXPECT_GT(partly, 0) << "no kill came in the middle";
  ASSERT_EQ(batch({"--resume"}).status, 0);
  EXPECT_EQ(read_text(out / "features.csv"), table);
  EXPECT_EQ(run({"merge", "out"}, folder.path()).out, table);
  EXPECT_EQ(files_below(out).size(), 21u) << "something half written is left";
  EXPECT_EQ(Json::parse(read_text(out / "run.json")).at("state"), "complete");
}

/// What the program may write into one file, as a full disk would end it.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Cohort, FullDiskLosesNothing) {
  write_manifest(12);
  ASSERT_EQ(batch().status, 0);
  const std::string table = read_text(out / "features.csv");
  const auto size = fs::file_size(out / "cases" / "case-3.json");
  ASSERT_GT(fs::file_size(out / "features.csv"), size);
  // No record can be written; then every record, and not the table.
  for (const rlim_t limit : {rlim_t(size / 2), rlim_t(size + size / 8)}) {
    fs::remove_all(out);
    Outcome outcome;
    {
      const FileLimit full(limit);
      outcome = batch({"--status-file", "status.json"});
    }
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_EQ(Json::parse(read_text(folder / "status.json")).at("state"), "failed");
    EXPECT_NE(outcome.err.find("cannot be written"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("--resume"), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(out / "features.csv"));
    for (const auto& name : files_below(out / "cases"))
      EXPECT_TRUE(Json::accept(read_text(out / "cases" / name))) << name;
    EXPECT_EQ(batch({"--resume"}).status, 0);
    EXPECT_EQ(read_text(out / "features.csv"), table);
  }
}

TEST_F(Cohort, FailedCasesAreTriedAgain) {
  write_text(
      folder / "cohort.csv", "ID,Image,Mask,Label\ngood,image.nii.gz,mask.nii.gz,\nlate,late.nii.gz,mask.nii.gz,\n");
  ASSERT_EQ(batch().status, 2);
  const Json failure = Json::parse(read_text(out / "failures.json")).at(0);
  EXPECT_EQ(failure.at("case"), "late");
  EXPECT_EQ(failure.at("error").at("code"), "file_missing");
  const auto kept = fs::last_write_time(out / "cases" / "good.json");
  fs::copy_file(image, folder / "late.nii.gz");
  EXPECT_EQ(batch({"--resume"}).status, 0);
  EXPECT_EQ(fs::last_write_time(out / "cases" / "good.json"), kept);
  EXPECT_EQ(Json::parse(read_text(out / "failures.json")), Json::array());
}

// The command that failures.json gives does the same as the cohort did, whatever is in the names.
TEST_F(Cohort, FailuresCanBeReproduced) {
  fs::copy_file(image, folder / "it's a $(touch escaped) image.nii.gz");
  write_text(folder / "cohort.csv",
      "ID,Image,Mask,Label\n-x; touch escaped; 'y',it's a $(touch escaped) image.nii.gz,mask.nii.gz,9\n");
  ASSERT_EQ(batch().status, 3);
  const Json failure = Json::parse(read_text(out / "failures.json")).at(0);
  std::string line = failure.at("command");
  ASSERT_TRUE(line.starts_with("radloom extract ")) << line;
  line = "cd '" + folder.path().string() + "' && " + program().string() + line.substr(7) + " -o again.json 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 3) << line;
  const Json again = Json::parse(read_text(folder / "again.json"));
  EXPECT_EQ(again.at("case"), failure.at("case"));
  EXPECT_EQ(again.at("error"), failure.at("error"));
  const Json first = Json::parse(read_text(fs::path(folder.path()) / failure.at("record").get<std::string>()));
  auto a = again.at("config").at("effective"), b = first.at("config").at("effective");
  EXPECT_EQ(a.at("settings").at("label"), 9) << "of the row";
  b.at("settings").at("label") = 9;
  EXPECT_EQ(a, b);
  EXPECT_FALSE(fs::exists(folder / "escaped"));
}

TEST_F(Cohort, VerifyLooksIntoTheFiles) {
  write_manifest(2);
  fs::copy_file(image, folder / "second.nii.gz");
  write_text(folder / "cohort.csv", "ID,Image,Mask\na,image.nii.gz,mask.nii.gz\nb,second.nii.gz,mask.nii.gz\n");
  ASSERT_EQ(batch().status, 0);
  const std::string table = read_text(out / "features.csv");
  const auto a = out / "cases" / "a.json", b = out / "cases" / "b.json";
  const auto time_a = fs::last_write_time(a);
  // Another image under an old date: times do not tell, digests do. A touched file is the same to them.
  const auto date = fs::last_write_time(folder / "second.nii.gz");
  write_volume(folder / "second.nii.gz", Volume::from(grid, small_values(grid, 99)));
  fs::last_write_time(folder / "second.nii.gz", date);
  fs::last_write_time(image, fs::file_time_type::clock::now() + std::chrono::seconds(5));
  ASSERT_EQ(batch({"--resume", "--verify"}).status, 0);
  EXPECT_EQ(fs::last_write_time(a), time_a);
  EXPECT_NE(read_text(out / "features.csv"), table);
  EXPECT_EQ(Json::parse(read_text(out / "run.json")).at("cases").at("kept"), 1);
}

TEST_F(Cohort, LateCasesFailAlone) {
  Geometry large{{96, 96, 64}, {1, 1, 1}, {}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  write_volume(folder / "large.nii.gz", Volume::from(large, small_values(large)));
  write_volume(folder / "whole.nii.gz", Volume::from(large, std::vector<std::uint8_t>(std::size_t(large.voxels()), 1)));
  write_text(folder / "cohort.csv", "ID,Image,Mask\nslow,large.nii.gz,whole.nii.gz\nquick,image.nii.gz,mask.nii.gz\n");
  const Outcome outcome = run({"batch", "cohort.csv", "-o", "out", "--preset", "pyradiomics", "--case-timeout", "0.05",
                                  "-j", "1", "--set", "image_types=[Original, LBP3D, Wavelet]"},
      folder.path());
  // On a slow machine the quick one is late too.
  EXPECT_TRUE(outcome.status == 2 || outcome.status == 3) << outcome.err;
  const Json failures = Json::parse(read_text(out / "failures.json"));
  ASSERT_GE(failures.size(), 1u);
  EXPECT_EQ(failures.at(0).at("case"), "slow");
  EXPECT_EQ(failures.at(0).at("error").at("code"), "timed_out");
  EXPECT_EQ(files_below(out / "cases").size(), 2u);
  write_manifest(1);
  EXPECT_EQ(batch({"--case-timeout", "600"}).status, 0);
}

TEST_F(Cohort, MemoryIsLimited) {
  write_manifest(5);
  // 960 voxels of two bytes and one byte.
  const Outcome refused = batch({"--memory-limit", "2879"});
  EXPECT_EQ(refused.status, 3);
  EXPECT_NE(refused.err.find("memory_exhausted"), std::string::npos) << refused.err;
  const Outcome one_by_one = batch({"--memory-limit", "2880"});
  EXPECT_EQ(one_by_one.status, 0) << one_by_one.err;
  const std::string table = read_text(out / "features.csv");
  EXPECT_EQ(batch({"--memory-limit", "8G"}).status, 0);
  EXPECT_EQ(read_text(out / "features.csv"), table);
  EXPECT_EQ(run({"extract", image.string(), mask.string(), "--memory-limit", "2K"}).status, 3);
  EXPECT_EQ(run({"extract", image.string(), mask.string(), "--memory-limit", "3K"}).status, 0);
}

TEST_F(Cohort, StatusFileTellsSchedulers) {
  write_manifest(4);
  ASSERT_EQ(batch({"--status-file", "status.json", "--fsync"}).status, 0);
  const Json status = Json::parse(read_text(folder / "status.json"));
  EXPECT_EQ(status.at("schema"), "radloom.status/1");
  EXPECT_EQ(status.at("state"), "complete");
  EXPECT_EQ(status.at("cases"), 4);
  EXPECT_EQ(status.at("finished"), 4);
  EXPECT_EQ(status.at("failed"), 0);
  const Outcome outcome = batch({"--status-file", "no-such-folder/status.json"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("no-such-folder"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(out / "features.csv")) << "the earlier run's results go only where this one can begin";
  EXPECT_EQ(files_below(out / "cases").size(), 4u);
}

TEST_F(Cohort, ArrayJobsMergeToOneTable) {
  write_manifest(7);
  ASSERT_EQ(batch().status, 0);
  const std::string table = read_text(out / "features.csv");
  fs::remove_all(out);
  ::setenv("SLURM_ARRAY_TASK_MIN", "10", 1);
  ::setenv("SLURM_ARRAY_TASK_COUNT", "3", 1);
  std::vector<std::string> errors;
  for (const char* id : {"12", "10", "11"}) {
    ::setenv("SLURM_ARRAY_TASK_ID", id, 1);
    if (std::string(id) == "11") {
      const Outcome early = run({"merge", "out", "-o", "early.csv"}, folder.path());
      EXPECT_EQ(early.status, 2);
      EXPECT_NE(early.err.find("missing"), std::string::npos) << early.err;
    }
    EXPECT_EQ(batch({"--shard", "auto"}).status, 0);
  }
  for (const char* name : {"SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_ID"}) ::unsetenv(name);
  const Outcome merged = run({"merge", "out", "-o", "merged.csv"}, folder.path());
  EXPECT_EQ(merged.status, 0) << merged.err;
  EXPECT_EQ(read_text(folder / "merged.csv"), table);
  // What a link points to is written, not the link.
  write_text(folder / "elsewhere.csv", "older");
  fs::create_symlink("elsewhere.csv", folder / "link.csv");
  EXPECT_EQ(run({"merge", "out", "-o", "link.csv"}, folder.path()).status, 0);
  EXPECT_TRUE(fs::is_symlink(folder / "link.csv"));
  EXPECT_EQ(read_text(folder / "elsewhere.csv"), table);
  const Outcome methods = run({"methods", "out"}, folder.path());
  EXPECT_EQ(methods.status, 0) << methods.err;
  EXPECT_NE(methods.out.find("Of 7 cases"), std::string::npos) << methods.out;
  EXPECT_NE(methods.out.find("in 3 parts"), std::string::npos) << methods.out;
}

}  // namespace
}  // namespace radloom::test
