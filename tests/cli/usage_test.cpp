// The command line itself: help, wrong arguments, formats, and where results go.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/small_case.hpp"

namespace radloom::test {
namespace {

using Json = nlohmann::json;

std::vector<std::vector<std::string>> table_of(const std::string& csv) {  // of text without quotes
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    auto& row = rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    if (line.ends_with(',')) row.emplace_back();
  }
  return rows;
}

TEST(Usage, HelpTeaches) {
  const Outcome all = run({"--help"});
  EXPECT_EQ(all.status, 0);
  EXPECT_EQ(all.err, "");
  for (const char* command : {"extract", "batch", "merge", "methods", "filter", "catalog", "check", "devices", "schema",
           "example", "conformance"}) {
    EXPECT_NE(all.out.find(std::string("\n  ") + command + " "), std::string::npos) << command;
    const Outcome help = run({command, "--help"});
    EXPECT_EQ(help.status, 0) << command;
    EXPECT_EQ(help.err, "") << command;
    for (const char* part : {"Examples:", "Exit status:", "Read on: "})
      EXPECT_NE(help.out.find(part), std::string::npos) << command << " lacks " << part;
  }
}

TEST(Usage, Version) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.out.starts_with("radloom ")) << outcome.out;
}

TEST(Usage, NothingAskedForPrintsTheHelp) {
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.out.find("extract"), std::string::npos);
}

struct Wrong {
  std::vector<std::string> arguments;
  std::vector<std::string> words;
};

TEST(Usage, WrongArgumentsAreOneLineAndStatusOne) {
  const Wrong wrong[] = {
      {{"extrct", "a", "b"}, {"'extrct'", "'extract'"}},
      {{"extract"}, {"IMAGE"}},
      {{"extract", "a"}, {"MASK"}},
      {{"extract", "a", "b", "c"}, {"'c'"}},
      {{"extract", "a", "b", "--formt", "csv"}, {"--formt", "'--format'", "extract --help"}},
      {{"extract", "--formt=csv", "a", "b"}, {"--formt", "'--format'"}},
      {{"extract", "a", "b", "--format", "xml"}, {"--format", "'xml'", "ndjson"}},
      {{"extract", "a", "b", "--convention", "ibis"}, {"--convention", "'ibis'"}},
      {{"extract", "a", "b", "--label", "1,2"}, {"1,2", "1+2"}},
      {{"extract", "a", "b", "--label", "0"}, {"'0'"}},
      {{"extract", "a", "b", "--set", "bin_width"}, {"KEY=VALUE", "'bin_width'"}},
      {{"extract", "a", "b", "--preset", "isbi"}, {"isbi", "ibsi"}},
      {{"extract", "a", "b", "--preset", "ibsi", "-c", "x.yaml"}, {"--preset", "--config"}},
      {{"extract", "a", "b", "-c", "no-such.yaml"}, {"no-such.yaml"}},
      {{"extract", "a", "b", "--threads", "0"}, {"--threads", "'0'"}},
      {{"extract", "a", "b", "--threads"}, {"--threads"}},
      {{"extract", "a", "b", "--device", "gpu"}, {"'gpu'", "cuda"}},
      {{"batch", "no-such.csv"}, {"no-such.csv"}},
      {{"batch", "x.csv", "--shard", "0/4"}, {"--shard", "'0/4'"}},
      {{"batch", "x.csv", "--shard", "5/4"}, {"--shard", "'5/4'"}},
      {{"batch", "x.csv", "--shard", "auto"}, {"--shard auto", "SLURM_ARRAY_TASK_ID", "i/N"}},
      {{"batch", "x.csv", "--case-timeout", "0"}, {"--case-timeout", "'0'"}},
      {{"batch", "x.csv", "--memory-limit", "much"}, {"--memory-limit", "'much'", "8G"}},
      {{"merge"}, {"DIR"}},
      {{"merge", "no-such-folder"}, {"no-such-folder"}},
      {{"methods"}, {"DIR"}},
      {{"methods", "no-such-folder"}, {"no-such-folder"}},
      {{"methods", "x", "--preset", "ibsi"}, {"not both"}},
      {{"batch", "x.csv", "--max-failures", "-1"}, {"--max-failures"}},
      {{"batch", "x.csv", "-o", "-"}, {"folder"}},
      {{"schema"}, {"WHAT"}},
      {{"schema", "cases"}, {"'cases'"}},
      {{"check"}, {"FILE"}},
      {{"example"}, {"DIR"}},
  };
  for (const auto& [arguments, words] : wrong) {
    const Outcome outcome = run(arguments);
    std::string line;
    for (const auto& word : arguments) line += word + ' ';
    EXPECT_EQ(outcome.status, 1) << line << outcome.err;
    EXPECT_EQ(outcome.out, "") << line;
    EXPECT_EQ(outcome.lines_of_err(), 1u) << line << outcome.err;
    for (const auto& word : words)
      EXPECT_NE(outcome.err.find(word), std::string::npos) << line << "lacks " << word << ": " << outcome.err;
  }
}

TEST(Usage, DeviceThatCannotBeHadIsStatusFour) {
  const Outcome outcome = run({"extract", "a", "b", "--device", "cuda:99"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_NE(outcome.err.find("cuda:99"), std::string::npos);
  const Json devices = Json::parse(run({"devices", "--format", "json"}).out);
  ASSERT_GE(devices.size(), 2u);
  EXPECT_EQ(devices.at(0).at("name"), "cpu");
  EXPECT_EQ(devices.at(0).at("usable"), true);
}

using Extract = SmallCase;

TEST_F(Extract, StandardOutputHoldsTheRecordAlone) {
  const Outcome outcome = run({"extract", image.string(), mask.string()});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  const Json json = Json::parse(outcome.out);
  EXPECT_EQ(json.at("case"), "image");
  EXPECT_EQ(json.at("status"), "ok");
  EXPECT_EQ(json.at("radloom").at("convention"), "ibsi");
  EXPECT_EQ(json.at("regions").at(0).at("voxels"), 60);
  // The mean, by its definition.
  const auto values = small_values(grid);
  const auto labels = small_labels(grid);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += labels[i] == 1 ? values[i] : 0;
  EXPECT_NEAR(json.at("regions").at(0).at("features").at("original_stat_mean").get<double>(), sum / 60, 1e-12);
  const Outcome dashed = run({"extract", image.string(), mask.string(), "-o", "-", "--format", "ndjson"});
  EXPECT_EQ(std::count(dashed.out.begin(), dashed.out.end(), '\n'), 1);
  EXPECT_EQ(Json::parse(dashed.out).at("regions").at(0).at("features"), json.at("regions").at(0).at("features"));
}

TEST_F(Extract, EveryLabelIsARegion) {
  const Json all = Json::parse(run({"extract", image.string(), mask.string(), "--label", "all"}).out);
  ASSERT_EQ(all.at("regions").size(), 2u);
  EXPECT_EQ(all.at("regions").at(0).at("label"), 1);
  EXPECT_EQ(all.at("regions").at(1).at("label"), 3);
  EXPECT_EQ(all.at("regions").at(1).at("voxels"), 12);
  EXPECT_EQ(all.at("regions").at(1).at("bounding_box"), (Json{8, 1, 5, 3, 2, 2}));
  const Json both = Json::parse(run({"extract", image.string(), mask.string(), "--label", "1+3"}).out);
  ASSERT_EQ(both.at("regions").size(), 1u);
  EXPECT_EQ(both.at("regions").at(0).at("label"), "1+3");
  EXPECT_EQ(both.at("regions").at(0).at("voxels"), 72);
  // A region has the same features alone and among others.
  const Json alone = Json::parse(run({"extract", image.string(), mask.string(), "--label", "3"}).out);
  EXPECT_EQ(alone.at("regions").at(0).at("features"), all.at("regions").at(1).at("features"));
}

TEST_F(Extract, CsvHasTheColumnsOfTheCatalogue) {
  for (const char* preset : {"ibsi", "pyradiomics"}) {
    const auto csv = table_of(
        run({"extract", image.string(), mask.string(), "--preset", preset, "--label", "all", "--format", "csv"}).out);
    ASSERT_EQ(csv.size(), 3u);
    const Json catalog = Json::parse(run({"catalog", "--preset", preset, "--format", "json"}).out);
    ASSERT_EQ(csv[0].size(), catalog.size() + 5);
    for (std::size_t c = 0; c < catalog.size(); ++c) EXPECT_EQ(csv[0][c + 5], catalog[c].at("name"));
    EXPECT_EQ(csv[1][0], "image");
    EXPECT_EQ(csv[2][1], "3");
    // The same doubles as in the JSON.
    const Json json =
        Json::parse(run({"extract", image.string(), mask.string(), "--preset", preset, "--label", "all"}).out);
    for (std::size_t region = 0; region < 2; ++region)
      for (std::size_t c = 0; c < catalog.size(); ++c) {
        const Json& value = json.at("regions").at(region).at("features").at(csv[0][c + 5]);
        const std::string& cell = csv[region + 1].at(c + 5);
        if (value.is_null()) EXPECT_EQ(cell, "") << csv[0][c + 5];
        else EXPECT_EQ(std::stod(cell), value.get<double>()) << csv[0][c + 5];
      }
  }
}

TEST_F(Extract, TableGoesWhereResultsDoNot) {
  const Outcome to_stdout = run({"extract", image.string(), mask.string(), "--table"});
  EXPECT_TRUE(Json::accept(to_stdout.out));
  EXPECT_NE(to_stdout.err.find("sphericity"), std::string::npos);
  const Outcome to_file = extract(image, mask, {"--table"});
  EXPECT_NE(to_file.out.find("sphericity"), std::string::npos);
  EXPECT_EQ(to_file.err, "");
}

TEST_F(Extract, WritesThroughPipesAndLinks) {
  const auto pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Running running({"extract", image.string(), mask.string(), "-o", pipe.string()});
  EXPECT_TRUE(Json::accept(read_text(pipe)));
  EXPECT_EQ(running.wait().status, 0);
  EXPECT_TRUE(fs::is_fifo(pipe));
  write_text(folder / "target.json", "old");
  fs::create_symlink("target.json", record);
  EXPECT_EQ(extract(image, mask).status, 0);
  EXPECT_TRUE(fs::is_symlink(record));
  EXPECT_TRUE(Json::accept(read_text(folder / "target.json")));
}

TEST_F(Extract, QuietSaysNothing) {
  const Outcome outcome = extract(image, mask, {"--quiet", "--table"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(extract(image, mask, {"--quiet"}).out, "");
}

TEST_F(Extract, SameBytesTwice) {
  const auto without_timing = [](const std::string& text) {
    Json json = Json::parse(text);
    json.erase("timing_ms");
    return json.dump();
  };
  const std::vector<std::string> line{"extract", image.string(), mask.string(), "--label", "all"};
  auto one_thread = line;
  one_thread.insert(one_thread.end(), {"-j", "1"});
  const std::string first = without_timing(run(line).out);
  EXPECT_EQ(without_timing(run(line).out), first);
  EXPECT_EQ(without_timing(run(one_thread).out), first);
}

TEST(Catalog, WithoutAConfigurationListsEveryFeature) {
  const Json catalog = Json::parse(run({"catalog", "--format", "json"}).out);
  std::map<std::string, int> families;
  for (const auto& entry : catalog) {
    for (const char* key : {"name", "family", "feature", "ibsi", "aggregation", "unit", "definition"})
      EXPECT_TRUE(entry.contains(key)) << entry;
    ++families[entry.at("family")];
  }
  // PyRadiomics 3 counts 19, 17, 10, 24, 16, 16, 14 and 5, deprecated ones included; the standard adds 3 statistics, 15 of morphology, 2 of
  // GLCM, 3 of NGLDM and its own families (2 of its 23 of the intensity histogram are PyRadiomics').
  EXPECT_EQ(families,
      (std::map<std::string, int>{{"firstorder", 22}, {"shape", 32}, {"shape2D", 10}, {"glcm", 26}, {"glrlm", 16},
          {"glszm", 16}, {"gldm", 17}, {"ngtdm", 5}, {"loc_int", 2}, {"ih", 21}, {"ivh", 6}, {"gldzm", 16}}));
}

TEST(Schema, IsJson) {
  EXPECT_TRUE(Json::accept(run({"schema", "case"}).out));
  EXPECT_TRUE(Json::accept(run({"schema", "config"}).out));
}

using Check = SmallCase;

TEST_F(Check, SaysOkOrWhatIsWrongOfEachFile) {
  write_text(folder / "good.yaml", "setting:\n  binWidth: 10\n");
  write_text(folder / "bad.yaml", "setting:\n  binWidht: 10\n");
  write_text(folder / "good.csv", "Image,Mask\nimage.nii.gz,mask.nii.gz\n");
  write_text(folder / "bad.csv", "Image,Mask\nimage.nii.gz,mask.nii.gz\nimage.nii.gz,absent.nii.gz\n");
  const Outcome good = run({"check", "good.yaml", "good.csv"}, folder.path());
  EXPECT_EQ(good.status, 0) << good.out;
  EXPECT_NE(good.out.find("good.yaml: ok"), std::string::npos) << good.out;
  EXPECT_NE(good.out.find("good.csv: ok (1 case)"), std::string::npos) << good.out;
  const Outcome mixed = run({"check", "bad.yaml", "good.csv", "bad.csv", "absent.yaml"}, folder.path());
  EXPECT_EQ(mixed.status, 1);
  EXPECT_EQ(std::count(mixed.out.begin(), mixed.out.end(), '\n'), 4) << mixed.out;
  EXPECT_NE(mixed.out.find("binWidht"), std::string::npos) << mixed.out;
  EXPECT_NE(mixed.out.find("bad.csv: line 3: absent.nii.gz"), std::string::npos) << mixed.out;
  EXPECT_NE(mixed.out.find("good.csv: ok"), std::string::npos) << mixed.out;
}

TEST(Presets, AreListedAndUsable) {
  const std::string list = run({"check", "--list-presets"}).out;
  for (const char* preset : {"ibsi ", "pyradiomics ", "ibsi1-digital ", "ibsi1-a ", "ibsi1-e "})
    EXPECT_NE(list.find(preset), std::string::npos) << preset;
  EXPECT_EQ(run({"catalog", "--preset", "ibsi1-digital"}).status, 0);
}

}  // namespace
}  // namespace radloom::test
