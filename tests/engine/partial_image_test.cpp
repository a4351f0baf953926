// Of an image in a file only what regions need is kept. No value may show it: held to the same volumes in memory, whole.
#include "io/files.hpp"
#include "support/measure.hpp"

namespace radloom::test {
namespace {

/// A CT with three regions: in the middle, at a corner, and two voxels.
Volumes case_of_three() {
  return ct_like<std::int16_t>({41, 36, 23}, 11, [](int x, int y, int z) {
    const bool two = z == 3 && y == 30 && (x == 5 || x == 6);
    return in_ball(x, y, z, {18, 15, 9}, 6.3) ? 1 : in_ball(x, y, z, {39, 35, 22}, 5.1) ? 3 : two ? 4 : 0;
  });
}

class PartialImage : public testing::Test {
 protected:
  PartialImage() {
    write_volume(folder.path() / "image.nii.gz", volumes.image);
    write_volume(folder.path() / "mask.nii.gz", volumes.mask);
    // As the file has it: an origin is a float there.
    in_file = {read_volume(folder.path() / "image.nii.gz").volume, read_volume(folder.path() / "mask.nii.gz").volume};
  }

  CaseInput input(const std::filesystem::path& image) const {
    CaseInput one;
    one.case_id = "p";
    one.image = image;
    one.mask = folder.path() / "mask.nii.gz";
    return one;
  }

  void expect_same(const Config& config, const std::string& what) const {
    const CaseRecord whole = Engine(config, options_of("cpu", 2)).extract(in_file.image, in_file.mask, "p");
    ASSERT_NE(whole.status, Status::failed) << what << whole.error.message;  // PyRadiomics refuses two voxels
    for (const int threads : {1, 4}) {
      const CaseRecord part = Engine(config, options_of("cpu", threads)).extract(input(folder.path() / "image.nii.gz"));
      ASSERT_EQ(part.status, whole.status) << what << part.error.message;
      EXPECT_EQ(part.image.geometry.size, volumes.image.geometry().size) << what;
      ASSERT_EQ(part.regions.size(), whole.regions.size()) << what;
      for (std::size_t r = 0; r < part.regions.size(); ++r) {
        const auto &a = part.regions[r], &b = whole.regions[r];
        EXPECT_EQ(a.error.message, b.error.message) << what;
        EXPECT_EQ(a.diagnostics, b.diagnostics) << what;
        EXPECT_EQ(a.warnings, b.warnings) << what;
        ASSERT_EQ(a.values.size(), b.values.size()) << what;
        for (std::size_t k = 0; k < a.values.size(); ++k) {
          EXPECT_EQ(a.values[k].undefined, b.values[k].undefined) << what << ", column " << k;
          if (a.values[k].undefined != Undefined::none) continue;
          EXPECT_EQ(a.values[k].value, b.values[k].value) << what << ", column " << k;
        }
      }
    }
  }

  const Folder folder;
  const Volumes volumes = case_of_three();
  Volumes in_file;
};

TEST_F(PartialImage, GivesPyRadiomicsFeaturesToTheLastBit) {
  for (const char* label : {"1", "3", "all"})
    for (const char* settings :
        {"\"binWidth\": 25", "\"binWidth\": 25, \"additionalInfo\": false", "\"binCount\": 16, \"preCrop\": true",
            "\"binWidth\": 0.2, \"normalize\": true", "\"binWidth\": 25, \"resegmentRange\": [-200, 500]",
            "\"binWidth\": 25, \"resampledPixelSpacing\": [2, 2, 2], \"interpolator\": \"sitkBSpline\"",
            "\"binWidth\": 25, \"force2D\": true"})
      for (const char* types : {R"({"Original": {}})", R"({"Original": {}, "Wavelet": {}, "LoG": {"sigma": [2.0]}})",
               R"({"Square": {}, "Gradient": {}, "LBP2D": {}, "LBP3D": {}})"}) {
        const std::string text =
            std::string("{\"setting\": {") + settings + "}, \"imageType\": " + types +
            R"(, "featureClass": {"firstorder": null, "shape": null, "glcm": null, "glszm": null}})";
        Config config = parse_config(text, "test");
        config.settings.label = LabelSelection::parse(label);
        expect_same(config, text + label);
      }
}

TEST_F(PartialImage, GivesTheStandardsFeaturesToTheLastBit) {
  for (const char* settings :
      {"bin_width: 25, label: all", "bin_width: 25, label: 3, additional_info: true",
          "bin_count: 16, label: all, normalize: true",
          "bin_count: 16, label: all, resampled_spacing_mm: [2, 2, 2], interpolator: linear, antialias: 0.5",
          "bin_count: 16, label: 3, resampled_spacing_mm: [1.3, 1.3, 0], interpolator: bspline, round_intensities: true"})
    for (const char* rest :
        {"families: [morph, stat, loc_int, ngldm]", "image_types: [Laws, Simoncelli]\nfamilies: [stat]",
            "image_types: [Original, Wavelet, Mean]\nfamilies: [stat, loc_int]"}) {
      const std::string text = std::string("convention: ibsi\nsettings: {") + settings + "}\n" + rest;
      expect_same(parse_config(text, "test"), text);
    }
}

// As before a part was read: what the image is, whatever becomes of the case; and its damage, wherever it is.
TEST_F(PartialImage, IsNamedByItsDigestWhateverBecomesOfTheCase) {
  const std::string digest = read_volume(folder.path() / "image.nii.gz", {.digest = true}).sha256;
  const Engine engine(parse_config("convention: ibsi\nfamilies: [stat]", "test"), options_of("cpu", 2));
  const auto record_of = [&](const std::string& label) {
    CaseInput one = input(folder.path() / "image.nii.gz");
    one.label = LabelSelection::parse(label);
    return engine.extract(one);
  };
  EXPECT_EQ(record_of("1").image.sha256, digest);
  const auto absent = record_of("9");
  EXPECT_EQ(absent.error.code, "label_absent");
  EXPECT_EQ(absent.image.sha256, digest);

  // What goes wrong first is told, though the image is damaged too; and a digest that cannot be had is no reason to tell something else.
  const auto lost = folder.write("lost.nhdr",
      "NRRD0004\ntype: short\ndimension: 3\nsizes: 41 36 23\nspace: left-posterior-superior\nspace directions: (0.9,0,0) (0,1.1,0) (0,0,2.5)\nspace origin: (-12,7,30)\nencoding: raw\nendian: little\ndata file: nowhere.raw\n");
  CaseInput without = input(lost);
  without.label = LabelSelection::parse("9");
  EXPECT_EQ(engine.extract(without).error.code, "label_absent");
  EXPECT_TRUE(engine.extract(without).image.sha256.empty());

  std::string bad = contents(folder.path() / "image.nii.gz");
  bad[bad.size() - 6] ^= 1;  // of the checksum
  const auto record = engine.extract(input(folder.write("bad.nii.gz", bad)));
  EXPECT_EQ(record.status, Status::failed);
  EXPECT_EQ(record.error.code, "file_corrupt");
}

}  // namespace
}  // namespace radloom::test
