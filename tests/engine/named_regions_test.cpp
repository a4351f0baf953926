// Regions chosen by name: a DICOM series and its structure set through the engine, as extract and batch run them.
#include <algorithm>
#include <map>

#include "cohort/inspect.hpp"
#include "io/dicom_files.hpp"
#include "radloom/map.hpp"
#include "support/measure.hpp"

namespace radloom::test {
namespace {

constexpr int side = 8, depth = 3;

Geometry grid_of_case() {
  Geometry grid;
  grid.size = {side, side, depth};
  grid.spacing_mm = {0.5, 0.75, 2.5};
  grid.origin_mm = {-10.5, 20.25, -7};
  return grid;
}

/// Structures that overlap: two targets, one of them inside the other's surroundings, a twin of a name, a marker, one off the grid.
std::vector<Roi> rois() {
  const auto box = [](double x0, double y0, double x1, double y1) {
    return Loop{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}};
  };
  return {{5, "GTV-1", {{0, box(0.5, 0.5, 3.5, 3.5)}, {1, box(0.5, 0.5, 3.5, 3.5)}}},
      {2, "GTV-2", {{2, box(4.5, 4.5, 6.5, 7.5)}}},
      {1, "BODY", {{0, box(-0.5, -0.5, 7.5, 7.5)}, {1, box(-0.5, -0.5, 7.5, 7.5)}}},
      {7, "twin", {{0, box(1.5, 1.5, 3.5, 4.5)}}}, {8, "twin", {{0, box(1.5, 1.5, 4.5, 4.5)}}},
      {9, "marker", {{0, {{2, 2}}, "POINT"}}}, {10, "skew", {{0.5, box(0.5, 0.5, 3.5, 3.5)}}},
      {11, "a+b", {{1, box(0.5, 0.5, 2.5, 3.5)}}}};
}

class NamedRegions : public testing::Test {
 protected:
  NamedRegions() {
    std::filesystem::create_directories(folder.path() / "ct");
    for (int z = 0; z < depth; ++z) {
      std::vector<std::int16_t> pixels;
      for (int i = 0; i < side * side; ++i) pixels.push_back(std::int16_t(1000 + 13 * i % 97 + 50 * z));
      DicomDataset slice = ct_slice(z, pixels);
      folder.write("ct/" + std::to_string(z), dicom_file(slice.number(0x28, 0x10, side).number(0x28, 0x11, side)));
    }
    folder.write("rs.dcm", dicom_file(structure_set(grid_of_case(), rois())));
  }

  CaseInput input(const std::string& label) const {
    CaseInput one;
    one.case_id = "p";
    one.image = folder.path() / "ct";
    one.mask = folder.path() / "rs.dcm";
    if (!label.empty()) one.label = LabelSelection::parse(label);
    return one;
  }
  CaseRecord extract(const std::string& label) const { return engine().extract(input(label)); }
  static const Engine& engine() {
    static const Engine one(parse_config("convention: ibsi\nfamilies: [stat]", "test"), options_of("cpu", 1));
    return one;
  }

  Folder folder;
};

/// Labels, names and sizes of a record: "5 GTV-1 18".
std::vector<std::string> summary(const CaseRecord& record) {
  std::vector<std::string> lines;
  for (const RegionRecord& r : record.regions)
    lines.push_back(
        r.label + " " + r.label_name + " " + (r.status == Status::ok ? std::to_string(r.voxels) : r.error.code));
  return lines;
}

TEST_F(NamedRegions, ByNumberNamePatternAndUnion) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(summary(extract("")), (Lines{"1 BODY 128"}));  // label 1 is the default
  EXPECT_EQ(summary(extract("5")), (Lines{"5 GTV-1 18"}));
  EXPECT_EQ(summary(extract("GTV-1")), (Lines{"5 GTV-1 18"}));
  EXPECT_EQ(summary(extract("GTV*")), (Lines{"5 GTV-1 18", "2 GTV-2 6"}));
  EXPECT_EQ(summary(extract("?TV-2")), (Lines{"2 GTV-2 6"}));
  EXPECT_EQ(summary(extract("GTV-2+GTV-1")), (Lines{"2+5 GTV-2+GTV-1 24"}));
  EXPECT_EQ(summary(extract("GTV*+1")), (Lines{"5+2+1 GTV-1+GTV-2+BODY 134"}));
  EXPECT_EQ(summary(extract("5+2")), (Lines{"5+2 GTV-1+GTV-2 24"}));
  EXPECT_EQ(summary(extract("a+b")), (Lines{"11 a+b 6"}));  // a name before it is a union
  EXPECT_EQ(summary(extract("all")), (Lines{"5 GTV-1 18", "2 GTV-2 6", "1 BODY 128", "7 twin 6", "8 twin 9",
                                         "10 skew geometry_mismatch", "11 a+b 6"}));  // the marker has no outline
  EXPECT_EQ(extract("all").status, Status::partial);
  EXPECT_EQ(summary(extract("marker")), (Lines{"9 marker empty_mask"}));
}

// ? is a character, which may be several bytes.
TEST_F(NamedRegions, PatternsCountCharacters) {
  const Loop box{{0.5, 0.5}, {3.5, 0.5}, {3.5, 3.5}, {0.5, 3.5}};
  folder.write(
      "rs.dcm", dicom_file(structure_set(grid_of_case(), {{1, "Läsion", {{0, box}}}}).text(8, 5, "CS", "ISO_IR 192")));
  for (const char* pattern : {"Läsion", "L?sion", "??????", "*?sion", "*ä*"})
    EXPECT_EQ(summary(extract(pattern)), std::vector<std::string>{"1 Läsion 9"}) << pattern;
  for (const char* pattern : {"L??sion", "???????", "*?äsion?", "Lasion"})
    EXPECT_EQ(extract(pattern).error.code, "label_absent") << pattern;
}

TEST_F(NamedRegions, WhatIsNotThereIsNamed) {
  const auto message = [&](const std::string& label) {
    const CaseRecord record = extract(label);
    EXPECT_EQ(record.error.code, "label_absent") << label;
    return record.error.message;
  };
  EXPECT_NE(message("PTV").find("names no region 'PTV'; it names GTV-1 (5), GTV-2 (2), BODY (1)"), std::string::npos);
  EXPECT_NE(message("gtv*").find("'gtv*'"), std::string::npos);
  EXPECT_NE(message("3").find("names no region 3"), std::string::npos);
  EXPECT_NE(message("GTV-1+PTV").find("'PTV'"), std::string::npos);
  EXPECT_NE(message("twin").find("2 regions are called 'twin'; choose one by its number: 7, 8"), std::string::npos);
  CaseInput plain = input("GTV-1");
  plain.mask = folder.path() / "mask.nrrd";
  write_volume(plain.mask, Volume::from(grid_of_case(), std::vector<std::uint8_t>(side * side * depth, 1)));
  EXPECT_NE(engine().extract(plain).error.message.find("is a name, and this mask has none"), std::string::npos);
}

/// The structure 5 as a volume of `value`.
Volume mask_of_5(std::uint8_t value) {
  std::vector<std::uint8_t> voxels(side * side * depth);
  for (int z = 0; z < 2; ++z)
    for (int y = 1; y < 4; ++y)
      for (int x = 1; x < 4; ++x) voxels[std::size_t((z * side + y) * side + x)] = value;
  return Volume::from(grid_of_case(), std::move(voxels));
}

/// Overlapping structures measure what each alone measures.
TEST_F(NamedRegions, ValuesAreThoseOfTheStructureAlone) {
  CaseInput plain = input("5");
  plain.mask = folder.path() / "mask.nrrd";
  write_volume(plain.mask, mask_of_5(5));
  const CaseRecord alone = engine().extract(plain), together = extract("all");
  ASSERT_EQ(alone.status, Status::ok) << alone.error.message;
  ASSERT_EQ(alone.regions[0].values.size(), together.regions[0].values.size());
  for (std::size_t k = 0; k < alone.regions[0].values.size(); ++k)
    EXPECT_EQ(alone.regions[0].values[k].value, together.regions[0].values[k].value);
  EXPECT_EQ(alone.regions[0].bounding_box, together.regions[0].bounding_box);
}

/// Maps read a case as records do.
TEST_F(NamedRegions, HaveMaps) {
  const Config config = parse_config("featureClass: {firstorder: [Energy]}\nvoxelSetting: {initValue: 0}", "test");
  std::map<std::string, Volume> maps;
  std::vector<std::string> problems;
  const MapReceiver receiver{[&](FeatureMap map) {
    if (map.problem.empty()) maps[map.label] = map.volume;
    else problems.push_back(map.label + ": " + map.problem);
  }};
  map_features(config, {.device = "cpu"}, input("all"), receiver);
  ASSERT_EQ(maps.size(), 6u);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].rfind("10: ", 0), 0u) << problems[0];

  maps.erase("1");
  map_features(config, {.device = "cpu"}, read_volume(input("").image).volume, mask_of_5(1), receiver);
  ASSERT_EQ(maps.size(), 6u);
  EXPECT_EQ(maps.at("1").as<double>().size(), maps.at("5").as<double>().size());
  EXPECT_TRUE(std::ranges::equal(maps.at("1").as<double>(), maps.at("5").as<double>()));
}

TEST_F(NamedRegions, AreInspectedWithoutVoxels) {
  const Settings settings = engine().config().settings;
  const auto inspected = [&](const std::string& label) {
    cohort::ManifestRow row;
    row.input = input(label);
    return cohort::inspect(row, &settings);
  };
  EXPECT_EQ(inspected("GTV-1"), "");
  EXPECT_NE(inspected("PTV").find("names no region 'PTV'"), std::string::npos);
  std::filesystem::remove(folder.path() / "ct/1");
  EXPECT_EQ(inspected("GTV-1"), "") << "two slices, 5 mm apart, are a grid";
  std::filesystem::remove_all(folder.path() / "ct");
  EXPECT_NE(inspected("GTV-1").find("no such file"), std::string::npos);
}

}  // namespace
}  // namespace radloom::test
