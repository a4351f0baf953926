// --save-images: what is written is what the features are made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/small_case.hpp"

namespace radloom::test {
namespace {

using Json = nlohmann::json;

std::vector<double> in_double(const Volume& volume) {
  return volume.visit([](const auto& values) { return std::vector<double>(values.begin(), values.end()); });
}

/// Least, greatest and mean over the voxels of a mask.
struct Statistics {
  double least = INFINITY, greatest = -INFINITY, mean = 0;
  std::int64_t voxels = 0;
};
Statistics statistics_of(const Volume& image, const Volume& mask) {
  Statistics out;
  const auto values = in_double(image), inside = in_double(mask);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (inside.at(i) == 0) continue;
    out.least = std::min(out.least, values[i]);
    out.greatest = std::max(out.greatest, values[i]);
    out.mean += values[i];
    ++out.voxels;
  }
  out.mean /= double(out.voxels);
  return out;
}

class SavedImages : public SmallCase {
 protected:
  Volume saved(const std::string& name) const { return read_volume(folder / "used" / name).volume; }

  /// Every saved image of a region against the record's first-order values.
  void expect_features_of_files(const std::string& label, const std::string& extension,
      const std::vector<std::string>& images, const std::array<std::string, 3>& features) const {
    const Json written = Json::parse(read_text(record));
    const Volume inside = saved("image_label-" + label + "_mask" + extension);
    std::size_t compared = 0;
    for (const auto& region : written.at("regions")) {
      if (region.at("label").dump() != label) continue;
      for (const auto& derived : images) {
        const Volume volume = saved("image_label-" + label + "_" + derived + extension);
        EXPECT_EQ(describe_mismatch(volume.geometry(), inside.geometry()), "") << derived;
        const auto s = statistics_of(volume, inside);
        const auto value = [&](int k) {
          return region.at("features").at(derived + features[std::size_t(k)]).get<double>();
        };
        EXPECT_EQ(s.least, value(0)) << derived;
        EXPECT_EQ(s.greatest, value(1)) << derived;
        EXPECT_NEAR(s.mean, value(2), 1e-12 * std::max(std::abs(s.least), std::abs(s.greatest))) << derived;
        ++compared;
      }
    }
    EXPECT_EQ(compared, images.size());
  }
};

const std::array<std::string, 3> firstorder{"_firstorder_Minimum", "_firstorder_Maximum", "_firstorder_Mean"};
const std::array<std::string, 3> stat{"_stat_minimum", "_stat_maximum", "_stat_mean"};

TEST_F(SavedImages, AreWhatFeaturesAreMadeOf) {
  for (const std::string type : {"nrrd", "mha", "nii", "nii.gz"}) {
    fs::remove_all(folder / "used");
    const Outcome outcome = extract(image, mask,
        {"--convention", "pyradiomics", "--label", "all", "--set", "image_types=[Original, Wavelet, Square]", "--set",
            "families=[firstorder]", "--set", "normalize=true", "--save-images", (folder / "used").string(),
            "--save-type", type, "--quiet"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(files_below(folder / "used").size(), 2u * (1 + 1 + 8 + 1));
    for (const char* label : {"1", "3"})
      expect_features_of_files(label, "." + type, {"original", "wavelet-LLH", "wavelet-HHH", "square"}, firstorder);
  }
  // Cut to the region's box, and where that lies.
  const auto grid_of_region = saved("image_label-1_original.nii.gz").geometry();
  EXPECT_EQ(describe_mismatch(grid_of_region, crop(grid, {{2, 3, 1}, {4, 5, 3}})), "");
}

TEST_F(SavedImages, AreOnTheGridThatIsResampledTo) {
  const Outcome outcome = extract(image, mask,
      {"--set", "image_types=[Original, Mean]", "--set", "mean_support=3", "--set", "families=[stat, morph]", "--set",
          "resampled_spacing_mm=[0.8,0.8,0.8]", "--set", "interpolator=linear", "--set", "resegment_range=[60,150]",
          "--save-images", (folder / "used").string()});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_features_of_files("1", ".nii.gz", {"original", "mean"}, stat);
  const Volume original = saved("image_label-1_original.nii.gz"), inside = saved("image_label-1_mask.nii.gz");
  for (const double spacing : original.geometry().spacing_mm) EXPECT_NEAR(spacing, 0.8, 1e-6);
  const auto s = statistics_of(original, inside);
  EXPECT_GE(s.least, 60);
  EXPECT_LE(s.greatest, 150);
  // Shape is measured before re-segmentation.
  const Volume whole = saved("image_label-1_morphological_mask.nii.gz");
  const auto voxels = statistics_of(whole, whole).voxels;
  EXPECT_GT(voxels, s.voxels);
  const Json written = Json::parse(read_text(record));
  EXPECT_NEAR(written.at("regions").at(0).at("features").at("original_morph_volume_voxel_counting").get<double>(),
      double(voxels) * 0.8 * 0.8 * 0.8, 1e-9 * double(voxels));
}

TEST_F(SavedImages, OfACohortAreNamedAsItsRecords) {
  write_text(folder / "cohort.csv", "ID,Image,Mask\na/b,image.nii.gz,mask.nii.gz\nc,image.nii.gz,mask.nii.gz\n");
  const Outcome outcome = run({"batch", (folder / "cohort.csv").string(), "-o", (folder / "out").string(), "--set",
      "families=[stat]", "--save-images", (folder / "used").string(), "--save-type", "nrrd", "--quiet"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(
      files_below(folder / "used"), (std::vector<std::string>{"a%2Fb_label-1_mask.nrrd", "a%2Fb_label-1_original.nrrd",
                                        "c_label-1_mask.nrrd", "c_label-1_original.nrrd"}));
  EXPECT_TRUE(fs::exists(folder / "out/cases/a%2Fb.json"));
}

TEST_F(SavedImages, AFolderThatCannotBeIsSaidBeforeAnythingIsComputed) {
  const Outcome taken = extract(image, mask, {"--save-images", image.string()});
  EXPECT_EQ(taken.status, 1);
  EXPECT_EQ(taken.lines_of_err(), 1u) << taken.err;
  EXPECT_NE(taken.err.find("--save-images"), std::string::npos) << taken.err;
  EXPECT_FALSE(fs::exists(record));
  const Outcome alone = extract(image, mask, {"--save-type", "nrrd"});
  EXPECT_EQ(alone.status, 1);
  EXPECT_NE(alone.err.find("--save-images"), std::string::npos) << alone.err;
  EXPECT_EQ(extract(image, mask, {"--save-images", (folder / "u").string(), "--save-type", "png"}).status, 1);
}

}  // namespace
}  // namespace radloom::test
