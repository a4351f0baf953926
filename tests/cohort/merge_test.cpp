// Tables out of records: shards, folders, what is missing, what is damaged.
#include "cohort/merge.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/small_case.hpp"
#include "cohort/batch.hpp"
#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::write_text;
using Json = nlohmann::ordered_json;

/// A cohort of seven rows over two pairs of small volumes: carried columns with quotes and a name of our own, labels, failures.
class Merge : public test::SmallCase {
 protected:
  Merge() {
    write_text(folder / "cohort.csv",
        "ID,Site,Image,Mask,Label,status\n"
        "a,\"one, two\",image.nii.gz,mask.nii.gz,,x\n../../b,\"say \"\"b\"\"\",image.nii.gz,mask.nii.gz,3,\n"
        "c,,absent.nii.gz,mask.nii.gz,,y\n/d,é,image.nii.gz,mask.nii.gz,all,z\ne,,image.nii.gz,mask.nii.gz,8,\n"
        "f,,image.nii.gz,mask.nii.gz,1+3,\nF,,image.nii.gz,mask.nii.gz,,\n");
    manifest = read_manifest(folder / "cohort.csv");
  }

  static Engine engine(const std::string& bin_width = "25") {
    ConfigRequest request;
    request.overrides = {{"families", "[stat, glcm]"}, {"bin_width", bin_width}};
    return Engine(load_config(request), {.device = "cpu", .threads = 2});
  }

  /// A run as the program makes it.
  void run(const Engine& with, const fs::path& out, Shard shard = {}, bool resume = false) const {
    BatchOptions options;
    options.out = out;
    options.shard = shard;
    options.resume = resume;
    options.threads = 2;
    const Rows rows = rows_of(manifest, shard);
    prepare_output(rows, options);
    begin_run(with, manifest, rows, options);
    EXPECT_TRUE(compute_cases(with, manifest, rows, options, [](const auto&, const auto*) {}, {}));
    write_tables(with, rows, manifest.carried, options, true, [](const auto&) {});
  }

  struct Merged {
    std::string text;
    MergeReport report;
  };
  static Merged merged(const std::vector<fs::path>& folders, MergeFormat format = MergeFormat::csv) {
    Merged made;
    made.report = merge(folders, format, [&](std::string_view text) { made.text += text; });
    return made;
  }
  static std::string refused(const std::vector<fs::path>& folders) {
    try {
      merged(folders);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  Manifest manifest;
};

TEST_F(Merge, OneRunGivesItsOwnTable) {
  run(engine(), folder / "out");
  const std::string table = read_text(folder / "out/features.csv");
  EXPECT_TRUE(table.starts_with("Site,manifest_status,case,label,")) << table.substr(0, 60);
  const auto [text, report] = merged({folder / "out"});
  EXPECT_EQ(text, table);
  EXPECT_EQ(report.cases, 7u);
  EXPECT_EQ(report.ok, 5u);
  EXPECT_EQ(report.failed, 2u);
  EXPECT_TRUE(report.missing.empty());
}

TEST_F(Merge, ShardsGiveTheBytesOfOneRun) {
  run(engine(), folder / "whole");
  const std::string table = read_text(folder / "whole/features.csv");
  for (const int count : {3, 9}) {
    const fs::path together = folder / ("together-" + std::to_string(count));
    std::vector<fs::path> apart;
    for (int index = count; index >= 1; --index) {
      run(engine(), together, {index, count});
      apart.push_back(folder / ("apart-" + std::to_string(count) + "-" + std::to_string(index)));
      run(engine(), apart.back(), {index, count});
    }
    EXPECT_EQ(merged({together}).text, table) << count;
    EXPECT_EQ(merged(apart).text, table) << count;
    EXPECT_TRUE(merged({together}).report.missing.empty());
  }
}

TEST_F(Merge, RecordsAsLines) {
  run(engine(), folder / "out");
  const auto [text, report] = merged({folder / "out"}, MergeFormat::ndjson);
  std::istringstream lines(text);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) names.push_back(Json::parse(line).at("case"));
  EXPECT_EQ(names, (std::vector<std::string>{"a", "../../b", "c", "/d", "e", "f", "F"}));
}

TEST_F(Merge, NamesWhatIsMissing) {
  run(engine(), folder / "out");
  const std::string table = read_text(folder / "out/features.csv");
  fs::remove(folder / "out/cases/a.json");
  write_text(folder / "out/cases/f.json", read_text(folder / "out/cases/f.json").substr(0, 500));
  // A record of another case, of another configuration.
  fs::copy_file(folder / "out/cases/c.json", folder / "out/cases/F~2.json", fs::copy_options::overwrite_existing);
  run(engine("10"), folder / "other");
  fs::copy_file(folder / "other/cases/%2Fd.json", folder / "out/cases/%2Fd.json", fs::copy_options::overwrite_existing);
  const auto [text, report] = merged({folder / "out"});
  ASSERT_EQ(report.missing.size(), 4u);
  EXPECT_EQ(report.missing[0].case_id, "a");
  EXPECT_EQ(report.missing[0].why, "it has no record");
  EXPECT_EQ(report.missing[1].case_id, "/d");
  EXPECT_NE(report.missing[1].why.find("configuration"), std::string::npos);
  EXPECT_EQ(report.missing[2].case_id, "f");
  EXPECT_NE(report.missing[2].why.find("f.json"), std::string::npos) << report.missing[2].why;
  EXPECT_EQ(report.missing[3].case_id, "F");
  EXPECT_NE(report.missing[3].why.find("'c'"), std::string::npos) << report.missing[3].why;
  EXPECT_LT(text.size(), table.size());
  // Resuming makes up for all of it.
  run(engine(), folder / "out", {}, true);
  EXPECT_EQ(merged({folder / "out"}).text, table);
}

TEST_F(Merge, TakesTheRecordThatIsWell) {
  run(engine(), folder / "first");
  write_volume(folder / "absent.nii.gz", read_volume(image).volume);
  run(engine(), folder / "second");
  const std::string table = read_text(folder / "second/features.csv");
  EXPECT_NE(table, read_text(folder / "first/features.csv"));
  EXPECT_EQ(merged({folder / "first", folder / "second"}).text, table);
  EXPECT_EQ(merged({folder / "second", folder / "first"}).text, table);
}

TEST_F(Merge, RefusesWhatDoesNotBelongTogether) {
  run(engine(), folder / "a", {1, 2});
  run(engine("10"), folder / "b", {2, 2});
  EXPECT_NE(refused({folder / "a", folder / "b"}).find("configurations differ"), std::string::npos);
  manifest = parse_manifest("ID,Image,Mask\nx,image.nii.gz,mask.nii.gz\n", folder / "cohort.csv");
  run(engine(), folder / "c");
  EXPECT_NE(refused({folder / "a", folder / "c"}).find("manifests differ"), std::string::npos);
  EXPECT_NE(refused({folder / "no-such"}).find("no-such"), std::string::npos);
  EXPECT_NE(refused({folder.path()}).find("run.json"), std::string::npos);
  // A run over all rows takes away what shards have left.
  run(engine("10"), folder / "a");
  EXPECT_EQ(refused({folder / "a"}), "");
}

/// Whatever happens to a file of the folder, the table is the right one, or it is said that something is wrong.
TEST_F(Merge, DamageIsNeverATable) {
  run(engine(), folder / "out");
  const std::string table = read_text(folder / "out/features.csv");
  std::uint32_t seed = 7;
  int refusals = 0;
  for (const char* name : {"run.json", "manifest.ndjson", "cases/a.json"}) {
    const fs::path path = folder / "out" / name;
    const std::string whole = read_text(path);
    for (int k = 0; k < 30; ++k) {
      seed = seed * 1664525 + 1013904223;
      const std::size_t at = (seed >> 8) % whole.size();
      std::string damaged = whole;
      if (k % 2) damaged.resize(at);
      else damaged.erase(at, 1 + (seed & 15));
      write_text(path, damaged);
      try {
        const auto [text, report] = merged({folder / "out"});
        const bool says_so = !report.missing.empty();
        refusals += says_so;
        // A byte less in a path or a time is nobody's loss; in a name or a carried value the file cannot know.
        if (!says_so && std::string(name) == "run.json") {
          EXPECT_EQ(text, table) << name << " at " << at;
        }
      } catch (const Error&) {
        ++refusals;
      }
    }
    write_text(path, whole);
  }
  EXPECT_GT(refusals, 45);
  EXPECT_EQ(merged({folder / "out"}).text, table);
}

TEST_F(Merge, KeptManifestIsTheManifest) {
  run(engine(), folder / "out");
  const Manifest kept = read_manifest(folder / "out/manifest.ndjson");
  ASSERT_EQ(kept.rows.size(), manifest.rows.size());
  EXPECT_EQ(kept.carried, manifest.carried);
  for (std::size_t r = 0; r < kept.rows.size(); ++r) {
    const auto &a = kept.rows[r].input, &b = manifest.rows[r].input;
    EXPECT_EQ(a.case_id, b.case_id);
    EXPECT_EQ(a.image, b.image);
    EXPECT_EQ(a.mask, b.mask);
    EXPECT_EQ(a.label.has_value(), b.label.has_value());
    if (a.label) {
      EXPECT_EQ(a.label->text(), b.label->text());
    }
    EXPECT_EQ(a.carried, b.carried);
    EXPECT_EQ(kept.rows[r].file_name, manifest.rows[r].file_name);
  }
  EXPECT_EQ(parse_config(read_text(folder / "out/config.json"), "config.json").digest, engine().run().config_digest);
}

}  // namespace
}  // namespace radloom::cohort
