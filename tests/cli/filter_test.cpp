// radloom filter: what it writes, where, on which grid, and what it says of images that cannot be had.
#include <gtest/gtest.h>

#include <cmath>

#include "cli/small_case.hpp"
#include "radloom/filter.hpp"

namespace radloom::test {
namespace {

class FilterCommand : public SmallCase {
 protected:
  Outcome filter(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"filter", image.string(), "-o", out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  fs::path out = folder / "derived";
};

TEST_F(FilterCommand, WritesEveryImageOnTheGridOfTheVolume) {
  for (const std::string type : {"nrrd", "mha", "nii", "nii.gz"}) {
    fs::remove_all(out);
    const Outcome outcome =
        filter({"--convention", "pyradiomics", "--set", "image_types=[Original, Wavelet, Square]", "--type", type});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    std::vector<std::string> names;
    for (const char* band : {"HHH", "HHL", "HLH", "HLL", "LHH", "LHL", "LLH", "LLL"})
      names.push_back(std::string("image_wavelet-") + band + "." + type);
    names.push_back("image_square." + type);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(files_below(out), names);
    // What is read back is what the library derives.
    const Volume source = read_volume(image).volume;
    ConfigRequest request;
    request.convention = Convention::pyradiomics;
    derive_images(parse_config("image_types: [Wavelet, Square]", "same", request), {"cpu", 1, nullptr}, source,
        [&](const DerivedVolume& derived) {
          const auto written = read_volume(out / ("image_" + derived.name + "." + type)).volume;
          EXPECT_EQ(describe_mismatch(source.geometry(), written.geometry()), "") << derived.name;
          ASSERT_EQ(written.type(), derived.volume.type());
          const auto ours = derived.volume.as<double>(), theirs = written.as<double>();
          EXPECT_TRUE(std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end())) << derived.name;
        });
  }
}

TEST_F(FilterCommand, TakesTheTypeOfTheImageAndTheFolderOneIsIn) {
  const Outcome outcome = run({"filter", image.string(), "--set", "image_types=[Mean]", "--quiet"}, folder.path());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(fs::exists(folder / "image_mean.nii.gz"));
}

TEST_F(FilterCommand, TakesParameterFiles) {
  write_text(
      folder / "Params.yaml", "imageType:\n  LoG:\n    sigma: [2.0, 3]\n  LBP2D: {}\nsetting:\n  normalize: true\n");
  const Outcome outcome = filter({"-c", (folder / "Params.yaml").string(), "--type", "nrrd"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(files_below(out), (std::vector<std::string>{"image_lbp-2D.nrrd", "image_log-sigma-2-0-mm-3D.nrrd",
                                  "image_log-sigma-3-mm-3D.nrrd"}));
}

TEST_F(FilterCommand, WhatCannotBeHadIsOneLineAndTheRestIsWritten) {
  // 12 voxels of 1 mm along x: 14.5 mm need 16 of them
  const Outcome some = filter({"--convention", "pyradiomics", "--set", "image_types=[LoG]", "--set",
      "log_sigma_mm=[2.0, 14.5]", "--log-level", "error"});
  EXPECT_EQ(some.status, 2);
  EXPECT_EQ(some.lines_of_err(), 1u) << some.err;
  EXPECT_NE(some.err.find("image.nii.gz: log-sigma-14-5-mm-3D: the image has 12 voxels along x"), std::string::npos)
      << some.err;
  EXPECT_EQ(files_below(out), std::vector<std::string>{"image_log-sigma-2-0-mm-3D.nii.gz"});

  fs::remove_all(out);
  const Outcome none =
      filter({"--convention", "pyradiomics", "--set", "image_types=[LoG]", "--set", "log_sigma_mm=[14.5]"});
  EXPECT_EQ(none.status, 3);
  EXPECT_EQ(none.lines_of_err(), 1u) << none.err;
  EXPECT_FALSE(fs::exists(out));

  const Outcome deep =
      filter({"--set", "image_types=[Wavelet]", "--set", "wavelet_start_level=3", "--log-level", "error"});
  EXPECT_EQ(deep.status, 3);
  EXPECT_NE(deep.err.find("ask for fewer levels"), std::string::npos) << deep.err;
}

TEST_F(FilterCommand, WidthsBelowTheSpacingAndFiltersLargerThanTheImageAreWarnedOf) {
  const Outcome narrow = filter({"--set", "image_types=[LoG]", "--set", "log_sigma_mm=[0.9]"});
  EXPECT_EQ(narrow.status, 0);
  EXPECT_NE(narrow.err.find("warning: "), std::string::npos) << narrow.err;
  EXPECT_NE(narrow.err.find("less than the spacing of 1 mm along x"), std::string::npos) << narrow.err;
  const Outcome large = filter({"--set", "image_types=[Mean]", "--set", "mean_support=9"});
  EXPECT_EQ(large.status, 0);
  EXPECT_NE(large.err.find("has 9 voxels along z and the image 8"), std::string::npos) << large.err;
}

TEST_F(FilterCommand, OneSliceIsFilteredInSlices) {
  const Geometry flat{{12, 10, 1}, {1, 1, 1}, {}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  write_volume(image, Volume::from(flat, small_values(flat)));
  const Outcome three = filter({"--set", "image_types=[Mean]"});
  EXPECT_EQ(three.status, 3);
  EXPECT_NE(three.err.find("one voxel along z"), std::string::npos) << three.err;
  const Outcome two = filter({"--set", "image_types=[Mean]", "--set", "force_2d=true"});
  EXPECT_EQ(two.status, 0) << two.err;
}

TEST_F(FilterCommand, WrongOnesAreOneLineAndStatusOne) {
  struct Wrong {
    std::vector<std::string> arguments;
    const char* words;
  };
  for (const auto& [arguments, words] :
      {Wrong{{}, "no image type beside Original"},
          Wrong{{"--set", "image_types=[Wavelets]"}, "did you mean 'Wavelet'?"},
          Wrong{{"--set", "image_types=[LoG]"}, "set log_sigma_mm"},
          Wrong{{"--set", "image_types=[Mean]", "--set", "mean_support=4"}, "mean_support is odd"},
          Wrong{
              {"--convention", "pyradiomics", "--set", "image_types=[Square]", "--set", "resampled_spacing_mm=[1,1,1]"},
              "resample the image first"},
          Wrong{{"--convention", "pyradiomics", "--set", "image_types=[Square]", "--set", "pre_crop=true"}, "pre_crop"},
          Wrong{{"--set", "image_types=[Square]", "--type", "png"}, "takes nrrd, nii.gz, nii or mha"}}) {
    const Outcome outcome = filter(arguments);
    EXPECT_EQ(outcome.status, 1) << words;
    EXPECT_EQ(outcome.lines_of_err(), 1u) << outcome.err;
    EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(out)) << words;
  }
  const Outcome file = run({"filter", image.string(), "--set", "image_types=[Square]", "-o", mask.string()});
  EXPECT_EQ(file.status, 1);
  EXPECT_NE(file.err.find("a file where --out needs a folder"), std::string::npos) << file.err;
  const Outcome absent = run({"filter", (folder / "absent.nrrd").string(), "--set", "image_types=[Square]"});
  EXPECT_EQ(absent.status, 3);
  EXPECT_EQ(absent.lines_of_err(), 1u) << absent.err;
  EXPECT_EQ(run({"filter", image.string(), "--set", "image_types=[Square]", "--device", "cuda:99"}).status, 4);
}

}  // namespace
}  // namespace radloom::test
