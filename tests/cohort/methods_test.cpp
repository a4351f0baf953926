#include "cohort/methods.hpp"

#include <gtest/gtest.h>

namespace radloom::cohort {
namespace {

std::string text_of(const std::string& preset, std::vector<std::pair<std::string, std::string>> set = {}) {
  ConfigRequest request;
  request.preset = preset;
  request.overrides = std::move(set);
  return methods_text(load_config(request), {});
}

void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const auto& part : parts) EXPECT_NE(text.find(part), std::string::npos) << "lacks '" << part << "':\n" << text;
}

TEST(Methods, EveryPresetMakesWholeSentences) {
  for (const auto& preset : presets()) {
    if (!preset.available) continue;
    const std::string text = text_of(preset.name);
    EXPECT_TRUE(text.ends_with('\n')) << preset.name;
    ConfigRequest request;
    request.preset = preset.name;
    EXPECT_NE(text.find(std::to_string(columns(load_config(request)).size()) + " features a region"), std::string::npos)
        << text;
    for (const char* hole : {"  ", " ,", " .", "()", "of .", "null", "of  "})
      EXPECT_EQ(text.find(hole), std::string::npos) << preset.name << " has '" << hole << "':\n" << text;
  }
}

// Configuration D of IBSI 1, as the reference manual's chapter 5 states it.
TEST(Methods, SaysWhatAConfigurationOfTheStandardDoes) {
  expect_parts(text_of("ibsi1-d"),
      {"Image Biomarker Standardisation Initiative", "2 x 2 x 2 mm", "linear interpolation", "rounded to whole numbers",
          "partial volume of 0.5 or more", "within 3 standard deviations", "fixed number of 32 bins (FBN)", "ITBB",
          "IAZD", "Radiology 2020;295:328-338"});
}

TEST(Methods, SaysWhatPyRadiomicsDoes) {
  expect_parts(text_of("pyradiomics"), {"PyRadiomics 3.0.1 [3]", "not interpolated", "not re-segmented",
                                           "fixed width of 25 (FBS), whose edges are multiples of the width",
                                           "107 features a region", "averaged", "van Griethuysen"});
  expect_parts(text_of("pyradiomics",
                   {{"image_types", "{Original: {}, LoG: {log_sigma_mm: [1, 3.5]}, Wavelet: {bin_width: 10}}"},
                       {"resampled_spacing_mm", "[1, 1, 0]"}, {"label", "all"}, {"suv", "bw"}}),
      {"Laplacian of Gaussian (sigma 1, 3.5 mm)", "wavelet sub-bands (coif1, level 1)",
          "those of Wavelet into bins of a fixed width of 10", "1 x 1 x as stored mm", "cubic B-spline",
          "Each label of a mask", "standardised uptake values by body weight"});
  expect_parts(text_of("pyradiomics", {{"label", "GTV*"}}), {"were the structures named 'GTV*', unless"});
}

TEST(Methods, OfARunSaysHowItEnded) {
  RunFile run;
  run.state = "complete";
  run.version = "9.9.9";
  run.numerics = 7;
  run.device = "cuda:0";
  run.cases = 12;
  run.ok = 9;
  run.partial = 1;
  run.failed = 2;
  run.manifest_sha256 = "feed";
  run.inputs_sha256 = "beef";
  expect_parts(methods_text(load_config({}), {run}), {"radloom 9.9.9 (numerics 7)", "on cuda:0", "Of 12 cases", "feed",
                                                         "9 were computed whole", "1 in part", "2 not at all", "beef"});
  EXPECT_EQ(methods_text(load_config({}), {run}).find("NOT FINISHED"), std::string::npos);
  run.shard = {1, 2};
  expect_parts(methods_text(load_config({}), {run}), {"NOT FINISHED: 1 of 2 parts is here"});
  RunFile second = run;
  second.shard = {2, 2};
  second.state = "interrupted";
  expect_parts(methods_text(load_config({}), {run, second}),
      {"Of 24 cases", "18 were computed", "in 2 parts", "NOT FINISHED: 1 part of 2 stopped before its end"});
}

}  // namespace
}  // namespace radloom::cohort
