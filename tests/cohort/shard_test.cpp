#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "cli/run_program.hpp"
#include "cohort/shard.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

TEST(Shard, ReadsPartsOfAWhole) {
  const Shard shard = Shard::parse("2/8");
  EXPECT_EQ(shard.index, 2);
  EXPECT_EQ(shard.count, 8);
  for (const char* text : {"", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/ 2", "99999999999/3"})
    EXPECT_THROW(Shard::parse(text), Error) << text;
}

TEST(Shard, PartsAreDisjointAndWhole) {
  Manifest manifest;
  manifest.rows.resize(23);
  for (const int count : {1, 2, 5, 23, 40}) {
    std::set<const ManifestRow*> seen;
    for (int index = 1; index <= count; ++index)
      for (const auto* row : rows_of(manifest, {index, count})) EXPECT_TRUE(seen.insert(row).second);
    EXPECT_EQ(seen.size(), 23u) << count;
  }
}

// The largest part has no more than the smallest and one case more.
TEST(Shard, PartsAreOfOneSize) {
  const test::TemporaryFolder folder;
  Manifest manifest;
  std::uint32_t seed = 5;
  std::map<const ManifestRow*, std::uintmax_t> bytes;
  std::uintmax_t largest = 0;
  manifest.rows.resize(60);
  for (std::size_t r = 0; r < manifest.rows.size(); ++r) {
    seed = seed * 1664525 + 1013904223;
    auto& row = manifest.rows[r];
    row.input.image = folder / std::to_string(r);
    const std::size_t size = r < 3 ? 2000000 : (seed >> 8) % 200000;
    std::ofstream(row.input.image) << std::string(size, 'x');
    row.input.mask = folder / "absent";
    bytes[&row] = size;
    largest = std::max<std::uintmax_t>(largest, size);
  }
  for (const int count : {2, 3, 7}) {
    std::vector<std::uintmax_t> sums;
    for (int index = 1; index <= count; ++index) {
      const Rows rows = rows_of(manifest, {index, count});
      EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end())) << "in the manifest's order";
      EXPECT_EQ(rows, rows_of(manifest, {index, count})) << "the same again";
      std::uintmax_t sum = 0;
      for (const auto* row : rows) sum += bytes[row] + 4096;
      sums.push_back(sum);
    }
    const auto [least, most] = std::minmax_element(sums.begin(), sums.end());
    EXPECT_LE(*most - *least, count <= 3 ? 210000 : largest + 4096) << count;
  }
}

struct Job {
  std::map<std::string, std::string> variables;
  int index, count;  ///< 0: refused
  const char* says = "";
};

TEST(Shard, ReadsWhatSchedulersSet) {
  const Job jobs[] = {
      {{{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_MIN", "1"}, {"SLURM_ARRAY_TASK_COUNT", "8"}}, 3, 8},
      {{{"SLURM_ARRAY_TASK_ID", "0"}, {"SLURM_ARRAY_TASK_MIN", "0"}, {"SLURM_ARRAY_TASK_COUNT", "8"}}, 1, 8},
      {{{"SLURM_ARRAY_TASK_ID", "20"}, {"SLURM_ARRAY_TASK_MIN", "10"}, {"SLURM_ARRAY_TASK_COUNT", "4"},
           {"SLURM_ARRAY_TASK_STEP", "5"}},
          3, 4},
      {{{"SLURM_ARRAY_TASK_ID", "7"}, {"SLURM_ARRAY_TASK_MIN", "0"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}, 0, 0, "gaps"},
      {{{"SLURM_ARRAY_TASK_ID", "11"}, {"SLURM_ARRAY_TASK_MIN", "10"}, {"SLURM_ARRAY_TASK_COUNT", "3"},
           {"SLURM_ARRAY_TASK_STEP", "2"}},
          0, 0, "gaps"},
      {{{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_MIN", "1"}}, 0, 0, "SLURM_ARRAY_TASK_COUNT is not set"},
      {{{"SLURM_ARRAY_TASK_ID", "x"}, {"SLURM_ARRAY_TASK_MIN", "1"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}, 0, 0, "'x'"},
      {{{"AWS_BATCH_JOB_ARRAY_INDEX", "0"}, {"AWS_BATCH_JOB_ARRAY_SIZE", "5"}}, 1, 5},
      {{{"AWS_BATCH_JOB_ARRAY_INDEX", "4"}, {"RADLOOM_SHARD_COUNT", "5"}}, 5, 5},
      {{{"AWS_BATCH_JOB_ARRAY_INDEX", "4"}}, 0, 0, "RADLOOM_SHARD_COUNT"},
      {{{"JOB_COMPLETION_INDEX", "2"}, {"RADLOOM_SHARD_COUNT", "3"}}, 3, 3},
      {{{"JOB_COMPLETION_INDEX", "3"}, {"RADLOOM_SHARD_COUNT", "3"}}, 0, 0, "count from 0"},
      {{{"JOB_COMPLETION_INDEX", "2"}}, 0, 0, "spec.completions"},
      {{{"JOB_COMPLETION_INDEX", "2"}, {"RADLOOM_SHARD_COUNT", "-3"}}, 0, 0, "'-3'"},
      {{{"RADLOOM_SHARD_COUNT", "3"}}, 0, 0, "no array job"},
  };
  for (const auto& [variables, index, count, says] : jobs) {
    const auto variable = [&names = variables](const char* name) {
      const auto found = names.find(name);
      return found == names.end() ? nullptr : found->second.c_str();
    };
    try {
      const Shard shard = Shard::from_environment(variable);
      EXPECT_EQ(shard.index, index) << says;
      EXPECT_EQ(shard.count, count) << says;
    } catch (const Error& error) {
      EXPECT_EQ(count, 0) << error.what();
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace radloom::cohort
