// radloom map: what it writes, where, on which grid, and what it says of cases that have no maps.
#include <gtest/gtest.h>

#include <cmath>

#include "cli/small_case.hpp"
#include "radloom/map.hpp"

namespace radloom::test {
namespace {

class MapCommand : public SmallCase {
 protected:
  Outcome map(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"map", image.string(), mask.string(), "-o", out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  fs::path out = folder / "maps";
};

TEST_F(MapCommand, WritesEveryMapAsTheLibraryMakesIt) {
  const std::string text =
      "imageType: {Original: {}, Square: {}}\nfeatureClass: {gldm: , firstorder: [Mean, Range]}\n"
      "setting: {binWidth: 20}\nvoxelSetting: {kernelRadius: 2, maskedKernel: false, initValue: nan, "
      "voxelBatch: 100}\n";
  write_text(folder / "Params.yaml", text);
  for (const std::string type : {"", "nii.gz", "nii", "mha"}) {
    fs::remove_all(out);
    std::vector<std::string> arguments{"-c", (folder / "Params.yaml").string()};
    if (!type.empty()) arguments.insert(arguments.end(), {"--type", type});
    const Outcome outcome = map(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find("32 maps written to " + out.string()), std::string::npos) << outcome.err;
    const std::string extension = type.empty() ? "nrrd" : type;
    std::size_t compared = 0;
    map_features(parse_config(text, "same"), {"cpu", 1, nullptr}, read_volume(image).volume, read_volume(mask).volume,
        {[&](const FeatureMap& made) {
          const auto written = read_volume(out / ("image_" + made.name + "." + extension)).volume;
          EXPECT_EQ(describe_mismatch(made.volume.geometry(), written.geometry()), "") << made.name;
          ASSERT_EQ(written.type(), ScalarType::float64);
          const auto ours = made.volume.as<double>(), theirs = written.as<double>();
          for (std::size_t i = 0; i < ours.size(); ++i)
            ASSERT_TRUE(ours[i] == theirs[i] || (std::isnan(ours[i]) && std::isnan(theirs[i]))) << made.name;
          ++compared;
        }});
    EXPECT_EQ(compared, 32u);
    EXPECT_EQ(files_below(out).size(), 32u);
  }
}

TEST_F(MapCommand, EveryLabelHasItsOwnMaps) {
  const Outcome outcome =
      map({"--label", "all", "--set", "families={ngtdm: [coarseness]}", "--set", "bin_width=20", "--quiet"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(files_below(out), (std::vector<std::string>{"image_label-1_original_ngtdm_coarseness_3d.nrrd",
                                  "image_label-3_original_ngtdm_coarseness_3d.nrrd"}));
}

TEST_F(MapCommand, WhatCannotBeMappedIsOneLineAndTheRestIsWritten) {
  // Label 3 has 12 voxels.
  const Outcome some = map({"--convention", "pyradiomics", "--label", "all", "--set", "families={glszm: [ZoneEntropy]}",
      "--set", "minimum_roi_size=20"});
  EXPECT_EQ(some.status, 2);
  EXPECT_NE(some.err.find("label 3 has 12 voxels and minimumROISize asks for more than 20"), std::string::npos)
      << some.err;
  EXPECT_EQ(files_below(out), std::vector<std::string>{"image_label-1_original_glszm_ZoneEntropy.nrrd"});
  fs::remove_all(out);
  for (const auto& [arguments, words] : std::vector<std::pair<std::vector<std::string>, const char*>>{
           {{"--label", "7"}, "label 7"}, {{"--set", "minimum_roi_size=100"}, "has 60 voxels"}}) {
    const Outcome none = map(arguments);
    EXPECT_EQ(none.status, 3) << none.err;
    EXPECT_EQ(none.lines_of_err(), 1u) << none.err;
    EXPECT_NE(none.err.find(words), std::string::npos) << none.err;
    EXPECT_FALSE(fs::exists(out));
  }
  const Outcome absent = run({"map", (folder / "absent.nrrd").string(), mask.string()});
  EXPECT_EQ(absent.status, 3);
  EXPECT_EQ(absent.lines_of_err(), 1u) << absent.err;
}

TEST_F(MapCommand, WrongOnesAreOneLineAndStatusOne) {
  for (const auto& [arguments, words] : std::vector<std::pair<std::vector<std::string>, const char*>>{
           {{"--set", "families=[morph]"}, "no feature that has maps"},
           {{"--set", "kernel_radius=0"}, "kernel_radius: takes an integer in 1..20"},
           {{"--set", "init_value=none"}, "takes a number, nan or null"},
           {{"--type", "png"}, "takes nrrd, nii.gz, nii or mha"}}) {
    const Outcome outcome = map(arguments);
    EXPECT_EQ(outcome.status, 1) << words;
    EXPECT_EQ(outcome.lines_of_err(), 1u) << outcome.err;
    EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(out)) << words;
  }
  const Outcome file = run({"map", image.string(), mask.string(), "--set", "families=[ngtdm]", "-o", mask.string()});
  EXPECT_EQ(file.status, 1);
  EXPECT_NE(file.err.find("a file where --out needs a folder"), std::string::npos) << file.err;
  EXPECT_EQ(map({"--device", "cuda:99"}).status, 4);
}

}  // namespace
}  // namespace radloom::test
