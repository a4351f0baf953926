#include "radloom/config.hpp"
#include "catalogue/image_types.hpp"
#include "filters/wavelet/coefficients.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/data.hpp"

namespace radloom {
namespace {

/// The message of the error, which must have this code.
std::string refused(
    const std::string& text, ErrorCode code = ErrorCode::config_invalid, const ConfigRequest& request = {}) {
  try {
    parse_config(text, "file.yaml", request);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "one line: " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << text;
  return {};
}

Settings settings_of(const std::string& text, const ConfigRequest& request = {}) {
  return parse_config(text, "file.yaml", request).settings;
}

std::vector<std::string> names(const Config& config) {
  std::vector<std::string> result;
  for (const auto& column : columns(config)) result.push_back(column.name);
  return result;
}

#define EXPECT_SAYS(message, part) \
  EXPECT_NE(std::string(message).find(part), std::string::npos) << "message: " << (message)

ConfigRequest with_set(const std::string& key, const std::string& value) {
  ConfigRequest request;
  request.overrides = {{key, value}};
  return request;
}

// ---- PyRadiomics parameter files ----

TEST(PyRadiomicsFile, EveryReferenceFileLoads) {
  RADLOOM_NEEDS_DATA("pyradiomics/params");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::data_root() / "pyradiomics/params")) {
    ++files;
    ConfigRequest request;
    request.file = entry.path();
    const std::string name = entry.path().filename().string();
    const Config config = load_config(request);
    EXPECT_EQ(config.convention, Convention::pyradiomics) << name;
    EXPECT_TRUE(config.warnings.empty()) << name;
  }
  EXPECT_EQ(files, 11);
}

TEST(PyRadiomicsFile, ColumnsAreThoseOfTheExpectedValuesInOrder) {
  RADLOOM_NEEDS_DATA("pyradiomics/expected");
  for (const char* set : {"01_original", "05_force2d", "11_reseg_outliers"}) {
    ConfigRequest request;
    request.file = test::data_root() / "pyradiomics/params" / (std::string(set) + ".yaml");
    std::ifstream file(test::data_root() / "pyradiomics/expected" / (std::string(set) + ".json"));
    const auto expected = nlohmann::ordered_json::parse(file);
    std::vector<std::string> wanted;
    for (const auto& [name, value] : expected["cases"].begin()->items()) wanted.push_back(name);
    EXPECT_EQ(names(load_config(request)), wanted) << set;
  }
}

TEST(PyRadiomicsFile, SettingsArriveWhereTheyBelong) {
  const Settings s = settings_of(R"(
setting:
  minimumROIDimensions: 3
  minimumROISize: 50
  geometryTolerance: 0.001
  correctMask: true
  additionalInfo: false
  label: 3
  label_channel: 2
  binWidth: 10
  binCount: 0x10
  normalize: true
  normalizeScale: 100
  removeOutliers: 3.5
  resampledPixelSpacing: [2, 0, 1.5]
  interpolator: sitkLanczosWindowedSinc
  padDistance: 0
  distances: [1, 3]
  force2D: true
  force2Ddimension: 2
  resegmentRange: [400, -500]
  resegmentMode: relative
  resegmentShape: true
  preCrop: true
  sigma: [1.0, 2]
  wavelet: db4
  lbp2DMethod: null
  voxelArrayShift: 300
  symmetricalGLCM: false
  weightingNorm: no_weighting
  gldm_a: 2
)");
  EXPECT_EQ(s.minimum_roi_dimensions, 3);
  EXPECT_EQ(s.minimum_roi_size, 50);
  EXPECT_EQ(s.geometry_tolerance, 0.001);
  EXPECT_TRUE(s.correct_mask);
  EXPECT_FALSE(s.additional_info);
  EXPECT_EQ(s.label.labels, std::vector<std::int64_t>{3});
  EXPECT_EQ(s.label_channel, 2);
  EXPECT_EQ(s.bin_width, 10);
  EXPECT_EQ(s.bin_count, 16);
  EXPECT_TRUE(s.normalize);
  EXPECT_EQ(s.normalize_scale, 100);
  EXPECT_EQ(s.remove_outliers, 3.5);
  EXPECT_EQ(s.resampled_spacing_mm, (std::array<double, 3>{2, 0, 1.5}));
  EXPECT_EQ(s.interpolator, Interpolator::lanczos_sinc);
  EXPECT_EQ(s.pad_distance, 0);
  EXPECT_EQ(s.distances, (std::vector<int>{1, 3}));
  EXPECT_TRUE(s.force_2d);
  EXPECT_EQ(s.force_2d_dimension, 2);
  EXPECT_EQ(s.resegment_range, (std::vector<double>{-500, 400})) << "PyRadiomics sorts the range";
  EXPECT_EQ(s.resegment_mode, ResegmentMode::relative);
  EXPECT_TRUE(s.resegment_shape);
  EXPECT_TRUE(s.pre_crop);
  EXPECT_EQ(s.log_sigma_mm, (std::vector<Sigma>{{1, false}, {2, true}})) << "names tell 1.0 from 1";
  EXPECT_EQ(s.lbp2d_method, "uniform");
  EXPECT_EQ(s.voxel_array_shift, 300);
  EXPECT_FALSE(s.symmetrical_glcm);
  EXPECT_EQ(s.weighting_norm, WeightingNorm::no_weighting);
  EXPECT_EQ(s.gldm_a, 2);
}

TEST(PyRadiomicsFile, JsonIsReadToo) {
  EXPECT_EQ(settings_of("{\"setting\":\n\t{\"binWidth\": 5e-1,\t\"label\": 2}}").bin_width, 0.5);
}

TEST(PyRadiomicsFile, InterpolatorNumbersAreThoseOfSimpleITK) {
  EXPECT_EQ(settings_of("setting: {interpolator: 1}").interpolator, Interpolator::nearest);
  EXPECT_EQ(settings_of("setting: {interpolator: 3}").interpolator, Interpolator::bspline);
  EXPECT_EQ(settings_of("setting: {interpolator: 10}").interpolator, Interpolator::blackman_sinc);
  EXPECT_FALSE(settings_of("setting: {interpolator: null}").interpolator);
}

TEST(PyRadiomicsFile, NullMeansWhatItMeansInPyRadiomics) {
  const Settings s = settings_of(
      "setting: {minimumROISize: null, removeOutliers: ~, resampledPixelSpacing: null, resegmentRange: , weightingNorm: null, binCount: null,"
      " geometryTolerance: null, symmetricalGLCM: null}");
  EXPECT_FALSE(s.minimum_roi_size || s.remove_outliers || s.resampled_spacing_mm || s.bin_count);
  EXPECT_TRUE(s.resegment_range.empty());
  EXPECT_EQ(s.weighting_norm, WeightingNorm::per_direction);
  EXPECT_EQ(s.geometry_tolerance, 1e-6);
  EXPECT_FALSE(s.symmetrical_glcm) << "None is false in Python";
  EXPECT_SAYS(refused("setting: {binWidth: null}"), "takes a number > 0, not null");
}

TEST(PyRadiomicsFile, ImageTypesHaveTheirOwnSettings) {
  const Config config = parse_config(
      "imageType: {Original: {binWidth: 5, normalize: true}}\nsetting: {binWidth: 10, binCount: 8}", "file.yaml");
  EXPECT_EQ(config.settings.bin_width, 10);
  ASSERT_EQ(config.image_types.size(), 1u);
  EXPECT_EQ(config.image_types[0].settings.bin_width, 5);
  EXPECT_EQ(config.image_types[0].settings.bin_count, 8);
  EXPECT_FALSE(config.image_types[0].settings.normalize);
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_SAYS(config.warnings[0], "imageType.Original.normalize has no effect");
}

TEST(PyRadiomicsFile, FamiliesAndFeaturesKeepTheirOrder) {
  const Config config = parse_config(
      "featureClass:\n  ngtdm: [Strength, Busyness, Strength]\n  firstorder: [StandardDeviation]\n  shape: [MeshVolume]\n",
      "file.yaml");
  EXPECT_EQ(names(config), (std::vector<std::string>{"original_shape_MeshVolume", "original_ngtdm_Strength",
                               "original_ngtdm_Busyness", "original_firstorder_StandardDeviation"}));
}

TEST(PyRadiomicsFile, NullOrEmptyMeansEveryFeatureThatIsNotDeprecated) {
  const auto from_null = names(parse_config("featureClass: {shape: }", "file.yaml"));
  EXPECT_EQ(from_null.size(), 14u);
  EXPECT_EQ(from_null, names(parse_config("featureClass: {shape: []}", "file.yaml")));
}

TEST(PyRadiomicsFile, WithoutFamiliesAllAreMeasuredAndSlicesOnlyWithForce2D) {
  const auto all = names(parse_config("setting: {label: 1}", "file.yaml"));
  EXPECT_EQ(all.size(), 14u + 18 + 24 + 14 + 16 + 16 + 5);
  EXPECT_EQ(all.front(), "original_shape_Elongation");
  EXPECT_EQ(all[14], "original_firstorder_10Percentile");
  EXPECT_EQ(all.back(), "original_ngtdm_Strength");
  const auto slices = names(parse_config("setting: {force2D: true}\nfeatureClass: {}", "file.yaml"));
  EXPECT_EQ(slices.size(), all.size() + 9);
  EXPECT_EQ(slices[14], "original_shape2D_Elongation");
}

TEST(PyRadiomicsFile, RetiredFeaturesAreAcceptedAndExplained) {
  const Config config =
      parse_config("featureClass: {glcm: [Homogeneity1, Contrast], gldm: [DependencePercentage]}", "file.yaml");
  EXPECT_EQ(names(config), std::vector<std::string>{"original_glcm_Contrast"});
  ASSERT_EQ(config.warnings.size(), 2u);
  EXPECT_SAYS(config.warnings[0], "equals Id");
  EXPECT_SAYS(refused("featureClass: {glcm: [SumVariance]}"), "no feature is asked for");
}

TEST(PyRadiomicsFile, AliasesAndMergeKeysAreFollowed) {
  const Config config = parse_config("setting: &s {binWidth: 5}\nimageType: {Original: *s}", "file.yaml");
  EXPECT_EQ(config.image_types[0].settings.bin_width, 5);
  EXPECT_EQ(settings_of("setting:\n  <<: {binWidth: 5, label: 2}\n  label: 3").bin_width, 5);
  EXPECT_EQ(settings_of("setting:\n  <<: {binWidth: 5, label: 2}\n  label: 3").label.labels.front(), 3);
}

/// What PyRadiomics 3.0.1 refuses (seen by running it), and what our message must say.
TEST(PyRadiomicsFile, WrongValuesAreRefusedWithWhatIsAccepted) {
  const std::vector<std::pair<const char*, const char*>> wrong{
      {"binWidth: 0", "setting.binWidth: takes a number > 0, not '0'"},
      {"binWidth: true", "takes a number > 0, not 'true'"},
      {"binWidth: .nan", "takes a number > 0, not '.nan'"},
      {"binWidth: [25]", "takes a number > 0, not a list"},
      {"binCount: 32.0", "takes an integer > 0, or null, not '32.0'"},
      {"binCount: -1", "takes an integer > 0, or null, not '-1'"},
      {"binCount: 5000000000", "at most 2147483647 can be kept"},
      {"minimumROIDimensions: 0", "takes an integer in 1..3, not '0'"},
      {"minimumROIDimensions: 4", "takes an integer in 1..3, not '4'"},
      {"minimumROISize: 0", "takes an integer > 0, or null"},
      {"minimumROISize: None", "YAML spells nothing null"},
      {"geometryTolerance: 0", "takes a number > 0"},
      {"correctMask: yes", "takes true or false, not 'yes'"},
      {"normalize: 1", "takes true or false, not '1'"},
      {"normalize: \"true\"", "takes true or false"},
      {"label: -1", "takes an integer > 0, not '-1'"},
      {"label: 1+2", "takes an integer > 0, not '1+2'"},
      {"label: 99999999999999999999", "takes an integer > 0"},
      {"label_channel: -1", "takes an integer >= 0"},
      {"normalizeScale: 0", "takes a number > 0"},
      {"removeOutliers: 0", "takes a number > 0, or null"},
      {"resampledPixelSpacing: 2", "takes a list of three numbers >= 0 (x, y, z), or null, not '2'"},
      {"resampledPixelSpacing: [1, 1]", "takes a list of three numbers"},
      {"resampledPixelSpacing: [1, -1, 1]", "its item '-1' is wrong"},
      {"interpolator: linear", "takes one of sitkNearestNeighbor, sitkLinear"},
      {"interpolator: 11", "a number in 1..10"},
      {"interpolator: 2.0", "takes one of"},
      {"padDistance: -1", "takes an integer >= 0"},
      {"distances: 1", "takes a list of integers > 0, not '1'"},
      {"distances: []", "not an empty list"},
      {"distances: [1.0]", "its item '1.0' is wrong"},
      {"force2D: 1", "takes true or false"},
      {"force2Ddimension: 3", "takes an integer in 0..2, not '3'"},
      {"resegmentRange: [1, 2, 3]", "takes [lower] or [lower, upper], or null"},
      {"resegmentRange: [1, a]", "its item 'a' is wrong"},
      {"resegmentMode: Absolute", "takes one of absolute, relative, sigma, not 'Absolute'"},
      {"weightingNorm: foo", "takes one of infinity, euclidean, manhattan, no_weighting, or null"},
      {"weightingNorm: per_direction", "takes one of infinity"},
      {"voxelArrayShift: 1.5", "takes an integer, not '1.5'"},
      {"gldm_a: -1", "takes an integer >= 0"},
      {"sigma: 1", "takes a list of numbers > 0, not '1'"},
      {"sigma: [0]", "its item '0' is wrong"},
      {"start_level: -1", "takes an integer >= 0"},
      {"level: 0", "takes an integer > 0"},
      {"wavelet: foo", "the name of a discrete wavelet"},
      {"gradientUseSpacing: 1", "takes true or false"},
      {"lbp2DRadius: 0", "takes a number > 0"},
      {"lbp2DSamples: 0", "takes an integer in 1..63"},
      {"lbp2DMethod: foo", "takes one of default, ror, uniform, var"},
      {"lbp3DLevels: 0", "takes an integer in 1..10"},
      {"lbp3DIcosphereRadius: 0", "takes a number > 0"},
      {"lbp3DIcosphereSubdivision: -1", "takes an integer in 0..4"},
      {"minimum_roi_size: 1", "unknown setting 'minimum_roi_size' (did you mean 'minimumROISize'?)"},
      {"binWdith: 25", "unknown setting 'binWdith' (did you mean 'binWidth'?)"},
      {"kernelRadius: 1", "unknown setting 'kernelRadius'"},
  };
  for (const auto& [setting, says] : wrong) {
    const std::string message = refused(std::string("setting:\n  ") + setting);
    EXPECT_SAYS(message, says);
    EXPECT_SAYS(message, "file.yaml:2: setting");
  }
}

TEST(PyRadiomicsFile, WrongStructureIsRefused) {
  EXPECT_SAYS(refused("setting:"), "setting: takes a mapping, not null");
  EXPECT_SAYS(refused("imageType: [Original]"), "imageType: takes a mapping, not a list");
  EXPECT_SAYS(refused("imageType:\n  Original:"), "file.yaml:2: imageType.Original: takes a mapping, not null");
  EXPECT_SAYS(refused("imageType: {Orginal: {}}"), "did you mean 'Original'?");
  EXPECT_SAYS(
      refused("imageType: {Original: {kernelRadius: 1}}"), "imageType.Original: unknown setting 'kernelRadius'");
  EXPECT_SAYS(
      refused("imageType: {Original: {label: 2}}", ErrorCode::config_unsupported), "cannot differ between image types");
  EXPECT_SAYS(refused("featureClass: [glcm]"), "takes a mapping");
  EXPECT_SAYS(refused("featureClass: {GLCM: }"), "unknown family 'GLCM' (did you mean 'glcm'?)");
  EXPECT_SAYS(refused("featureClass: {morph: }"), "unknown family 'morph'");
  EXPECT_SAYS(refused("featureClass: {glcm: Contrast}"), "takes a list of features");
  EXPECT_SAYS(refused("featureClass: {glcm: [Contrats]}"), "unknown feature 'Contrats' (did you mean 'Contrast'?)");
  EXPECT_SAYS(refused("featureClass: {glcm: [joint_average]}"), "did you mean 'JointAverage'?");
  EXPECT_SAYS(refused("featureClass: {glcm: [1]}"), "unknown feature '1'");
  EXPECT_SAYS(refused("featureClass: {firstorder: [10Percentil]}"), "did you mean '10Percentile'?");
  EXPECT_SAYS(refused("setting: {}\nfoo: 1"), "unknown key 'foo'");
  EXPECT_SAYS(refused("settings: {}\nimageType: {}"), "write one of the two");
  EXPECT_SAYS(refused("voxelSetting: {foo: 1}"), "unknown setting 'foo'");
  EXPECT_SAYS(
      refused("voxelSetting: {kernelRadius: 0}"), "voxelSetting.kernelRadius: takes an integer in 1..20, not '0'");
  EXPECT_SAYS(refused("voxelSetting: {initValue: none}"), "takes a number, nan or null");
  for (const char* type : {"Mean", "Laws", "Gabor", "Simoncelli", "Riesz"})
    EXPECT_SAYS(refused(std::string("imageType: {") + type + ": {}}"), "unknown image type");
  EXPECT_SAYS(refused("imageType: {Wavelets: {}}"), "did you mean 'Wavelet'?");
  EXPECT_SAYS(refused("imageType: {Wavelet: {wavelet: gaus1}}"), "takes the name of a discrete wavelet");
  EXPECT_SAYS(refused("imageType: {Wavelet: {level: 29, start_level: 2}}"), "make 31 levels, more than the 30");
}

TEST(PyRadiomicsFile, WidthsAreNamedAsPythonWritesThem) {
  const auto config =
      parse_config("imageType: {LoG: {sigma: [1.0, 3, 0.5, 12.25, 1.0e-5]}, LBP3D: {lbp3DLevels: 1}}", "file.yaml");
  std::vector<std::string> names;
  for (const auto& type : config.image_types)
    for (const auto& image : images_of(type, config.convention)) names.push_back(image.name);
  EXPECT_EQ(names, (std::vector<std::string>{"log-sigma-1-0-mm-3D", "log-sigma-3-mm-3D", "log-sigma-0-5-mm-3D",
                       "log-sigma-12-25-mm-3D", "log-sigma-1e-05-mm-3D", "lbp-3D-m1", "lbp-3D-k"}));
}

TEST(PyRadiomicsFile, LoGWithoutWidthsMakesNothingAndSaysSo) {
  const auto config = parse_config("imageType: {Original: {}, LoG: {}}", "file.yaml");
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_SAYS(config.warnings[0], "LoG makes no image");
}

TEST(PyRadiomicsFile, WaveletNamesItsSubBandsInPyRadiomicsOrder) {
  const auto images = [](const std::string& text, Convention convention = Convention::pyradiomics) {
    ConfigRequest request;
    request.convention = convention;
    std::vector<std::string> found;
    for (const auto& column : columns(parse_config(text, "file.yaml", request)))
      if (found.empty() || found.back() != column.image_type) found.push_back(column.image_type);
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(images("imageType: {Wavelet: {}}\nfeatureClass: {glcm: }"),
      (Names{"wavelet-LLH", "wavelet-LHL", "wavelet-LHH", "wavelet-HLL", "wavelet-HLH", "wavelet-HHL", "wavelet-HHH",
          "wavelet-LLL"}));
  EXPECT_EQ(
      images("imageType: {Wavelet: {level: 2, start_level: 3}}\nsetting: {force2D: true}\nfeatureClass: {glcm: }"),
      (Names{"wavelet-LH", "wavelet-HL", "wavelet-HH", "wavelet2-LH", "wavelet2-HL", "wavelet2-HH", "wavelet2-LL"}));
  EXPECT_EQ(images("imageType: {Wavelet: {force2D: true}, Original: {}}\nfeatureClass: {glcm: }", Convention::ibsi),
      (Names{"wavelet_lh", "wavelet_hl", "wavelet_hh", "wavelet_ll", "original"}));
}

TEST(PyRadiomicsFile, WaveletsAreThoseOfTheTable) {
  for (const auto& name : wavelet::names()) EXPECT_EQ(settings_of("setting: {wavelet: " + name + "}").wavelet, name);
  const Config config = parse_config(
      "imageType: {Original: {}, Wavelet: {wavelet: db2, level: 2, binWidth: 3}}\nsetting: {wavelet: sym5, start_level: 1, level: null}",
      "file.yaml");
  EXPECT_EQ(config.image_types[0].settings.wavelet, "sym5");
  EXPECT_EQ(config.image_types[0].settings.wavelet_levels, 1);
  EXPECT_EQ(config.image_types[1].settings.wavelet, "db2");
  EXPECT_EQ(config.image_types[1].settings.wavelet_levels, 2);
  EXPECT_EQ(config.image_types[1].settings.wavelet_start_level, 1);
  EXPECT_EQ(config.image_types[1].settings.bin_width, 3);
}

// ---- radloom's own files ----

TEST(OwnFile, FlatAndShort) {
  const Config config = parse_config(R"(
convention: pyradiomics
image_types: [Original]
families: {glcm: [JointAverage, contrast], ih: }
settings:
  bin_width: 12.5
  interpolator: linear
  weighting_norm: euclidean
  label: 1+2
)",
      "file.yaml");
  EXPECT_EQ(config.convention, Convention::pyradiomics);
  EXPECT_EQ(config.settings.bin_width, 12.5);
  EXPECT_EQ(config.settings.interpolator, Interpolator::linear);
  EXPECT_EQ(config.settings.weighting_norm, WeightingNorm::euclidean);
  EXPECT_EQ(config.settings.label.labels, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(names(config), (std::vector<std::string>{"original_glcm_JointAverage", "original_glcm_Contrast",
                               "original_firstorder_Entropy", "original_firstorder_Uniformity"}));
}

TEST(OwnFile, FamiliesOfTheStandardGiveWhatPyRadiomicsHasOfThem) {
  const auto made = [](const std::string& families) {
    return names(parse_config("convention: pyradiomics\nfamilies: " + families, "file.yaml"));
  };
  for (const auto& name : made("[morph, stat, ih, glcm, ngldm]")) EXPECT_FALSE(name.ends_with('_')) << name;
  EXPECT_EQ(made("[morph]").size(), 14u);
  EXPECT_EQ(made("[ih]").size(), 2u);
  const auto refused_here = [](const char* families) {
    return refused(std::string("convention: pyradiomics\nfamilies: ") + families);
  };
  EXPECT_SAYS(refused_here("{ih: [mode]}"), "unknown feature 'mode'");
  EXPECT_SAYS(refused_here("{morph: [asphericity]}"), "PyRadiomics has no feature 'asphericity'");
  EXPECT_SAYS(refused_here("[ivh]"), "PyRadiomics has no family ivh");
}

TEST(OwnFile, IsTheStandardsConventionByDefault) {
  const Config config = parse_config("{}", "file.yaml");
  EXPECT_EQ(config.convention, Convention::ibsi);
  EXPECT_EQ(config.settings.minimum_roi_dimensions, 0) << "no region is too small for the standard: nulls with reasons";
  ConfigRequest preset;
  preset.preset = "ibsi";
  EXPECT_EQ(load_config(preset).digest, config.digest);
  EXPECT_EQ(load_config({}).digest, config.digest);
}

TEST(OwnFile, WrongOnesAreRefused) {
  EXPECT_SAYS(refused(""), "holds no configuration");
  EXPECT_SAYS(refused("# nothing\n"), "holds no configuration");
  EXPECT_SAYS(refused("[1, 2]"), "a configuration is a mapping, not a list");
  EXPECT_SAYS(refused("bin_width: 25"), "put it below 'settings'");
  EXPECT_SAYS(refused("settings: {}\nbin_width: 25"), "put it below settings");
  EXPECT_SAYS(refused("setings: {}"), "did you mean 'setting");
  EXPECT_SAYS(refused("convention: IBSI"), "convention: takes ibsi or pyradiomics, not 'IBSI'");
  EXPECT_SAYS(refused("schema: radloom.config/2"), "takes radloom.config/1");
  EXPECT_SAYS(refused("settings: {bin_width: 25, binWidth: 30}"), "are the same setting");
  EXPECT_SAYS(refused("settings: {bin_with: 25}"), "did you mean 'bin_width'?");
  EXPECT_SAYS(refused("settings: {normalize: null}"), "takes true or false, not null");
  EXPECT_SAYS(refused("settings: {label: 1+}"), "takes an integer > 0, a union such as 1+2, or all");
  EXPECT_SAYS(refused("image_types: [LoG]"), "LoG: has no width; set log_sigma_mm");
  EXPECT_SAYS(refused("image_types: [Laws]\nsettings: {force_2d: true}"), "names 3 kernels, and there are two axes");
  EXPECT_SAYS(refused("image_types: {Laws: {laws_kernels: L5E5}}"), "names 2 kernels, and there are three axes");
  EXPECT_SAYS(refused("image_types: {Laws: {laws_kernels: L5X5E5}}"), "takes two or three of L3 E3 S3 L5 E5 S5 W5 R5");
  EXPECT_SAYS(refused("image_types: {Mean: {mean_support: 4}}"), "mean_support is odd");
  EXPECT_SAYS(refused("image_types: {Riesz: {riesz_order: [0, 0, 0]}}"), "riesz_order takes three orders");
  EXPECT_SAYS(refused("image_types: {Riesz: {riesz_order: [1, 0]}}"), "riesz_order takes three orders");
  EXPECT_SAYS(refused("image_types: {Riesz: {riesz_order: [0, 0, 1]}}\nsettings: {force_2d: true}"),
      "riesz_order is 0 across the slices");
  EXPECT_SAYS(refused("image_types: {Simoncelli: {wavelet_levels: 9}}"), "make 9 levels, more than the 8");
  EXPECT_SAYS(refused("settings: {filter_boundary: reflect}"), "takes one of zero, nearest, periodic, mirror");
  EXPECT_SAYS(refused("image_types: [Original, Original]"), "named twice");
  EXPECT_SAYS(refused("image_types: []"), "names no image type");
  EXPECT_SAYS(refused("image_types: {Original: {normalize: true}}"), "cannot differ");
  EXPECT_SAYS(refused("families: []"), "names no family");
  EXPECT_SAYS(refused("families: [glcm, glcm]"), "named twice");
  EXPECT_SAYS(refused("families: [stat, firstorder]"), "named twice");
  EXPECT_SAYS(refused("families: {stat: [entropy]}"), "unknown feature 'entropy'");
  EXPECT_SAYS(refused("families: {glcm: [Dissimilarity]}"), "it equals DifferenceAverage");
  EXPECT_SAYS(refused("families: [shape2D]"), "no feature is asked for that the ibsi convention offers");
  EXPECT_SAYS(refused("families: {glcm: [MCC]}"), "no feature is asked for");
  EXPECT_SAYS(refused("settings: {weighting_norm: manhattan}"), "no meaning in the ibsi convention");
  EXPECT_SAYS(refused("settings: {mask_threshold: 0}"), "takes a number > 0 and <= 1, not '0'");
  EXPECT_SAYS(refused("settings: {mask_interpolator: null}"), "takes one of nearest, linear");
  EXPECT_SAYS(refused("settings: {aggregations: [3d]}"), "its item '3d' is wrong");
  EXPECT_SAYS(refused("settings: {aggregations: []}"), "takes a list of 2d_avg");
  EXPECT_SAYS(refused("settings: {distance_norm: no_weighting}"), "takes one of infinity, euclidean, manhattan, not");
  EXPECT_SAYS(refused("settings: {ivh_range: [1]}"), "takes [lower, upper], or null");
  EXPECT_SAYS(refused("settings: {ivh_discretisation: fbs}"), "takes one of none, fixed_bin_size, fixed_bin_number");
  for (const char* only : {"round_input: true", "round_intensities: true", "antialias: 0.5", "mask_threshold: 0.4",
           "mask_interpolator: nearest", "resegment_outliers: 3", "aggregations: [2d_avg]",
           "distance_weighting: inverse", "ivh_bin_count: 10"})
    EXPECT_SAYS(refused(std::string("convention: pyradiomics\nsettings: {") + only + "}"),
        "has no meaning in the pyradiomics convention");
}

TEST(OwnFile, CroppingIsSaidToHaveNoEffectInTheStandard) {
  for (const char* text : {"settings: {pre_crop: true}", "settings: {pad_distance: 3}"}) {
    const Config config = parse_config(text, "file.yaml");
    ASSERT_EQ(config.warnings.size(), 1u) << text;
    EXPECT_SAYS(config.warnings[0], "has no effect in the ibsi convention");
    EXPECT_TRUE(parse_config(std::string("convention: pyradiomics\n") + text, "file.yaml").warnings.empty());
  }
}

TEST(OwnFile, SettingsOfTheStandardAreRead) {
  const Config config = parse_config(
      "settings: {resampled_spacing_mm: [2, 2, 0], interpolator: linear, antialias: 0.5, mask_interpolator: bspline, mask_threshold: 0.25,"
      " round_input: true, round_intensities: true, resegment_range: [400, -500], resegment_outliers: 3, aggregations: [3d_mrg, 2d_avg, 3d_mrg],"
      " distance_weighting: gaussian, distance_norm: manhattan, ivh_discretisation: fixed_bin_number, ivh_bin_count: 10, ivh_range: [5, -5],"
      " ivh_bin_width: 0.5, additional_info: true}",
      "file.yaml");
  const Settings& s = config.settings;
  EXPECT_EQ(s.antialias, 0.5);
  EXPECT_EQ(s.mask_interpolator, Interpolator::bspline);
  EXPECT_EQ(s.mask_threshold, 0.25);
  EXPECT_TRUE(s.round_input);
  EXPECT_TRUE(s.round_intensities);
  EXPECT_EQ(s.resegment_range, (std::vector<double>{-500, 400}));
  EXPECT_EQ(s.resegment_outliers, 3);
  EXPECT_EQ(s.aggregations, (std::vector<std::string>{"3d_mrg", "2d_avg"})) << "each once, as asked";
  EXPECT_EQ(s.distance_weighting, DistanceWeighting::gaussian);
  EXPECT_EQ(s.distance_norm, WeightingNorm::manhattan);
  EXPECT_EQ(s.ivh_discretisation, IvhDiscretisation::fixed_bin_number);
  EXPECT_EQ(s.ivh_bin_count, 10);
  EXPECT_EQ(s.ivh_range, (std::vector<double>{-5, 5}));
  EXPECT_EQ(s.ivh_bin_width, 0.5);
  EXPECT_TRUE(s.additional_info);
  EXPECT_FALSE(parse_config("{}", "file.yaml").settings.additional_info) << "diagnostics cost the whole image";
  EXPECT_EQ(parse_config(config.effective_json, "effective").digest, config.digest);
}

TEST(OwnFile, EffectiveConfigurationReadsBackTheSame) {
  for (const char* text :
      {"{}", "families: [ih, ngldm, morph]",
          "image_types: {Wavelet: {wavelet: db2, wavelet_levels: 3}, Original: }\nfamilies: [glcm]",
          "convention: pyradiomics\nsettings: {bin_count: 7, label: all, resegment_range: [-1.5], interpolator: null}",
          "setting: {binWidth: 0.1, resampledPixelSpacing: [0.3, 1, 2], distances: [1, 2], weightingNorm: infinity, geometryTolerance: 1e-12}\n"
          "imageType: {Original: {binWidth: 3, force2D: true}}\nfeatureClass: {glcm: [Idn, Id], shape2D: }"}) {
    const Config once = parse_config(text, "file.yaml");
    const Config twice = parse_config(once.effective_json, "effective");
    EXPECT_EQ(once.effective_json, twice.effective_json);
    EXPECT_EQ(once.digest, twice.digest);
    EXPECT_EQ(once.digest.size(), 7u + 64);
    EXPECT_EQ(names(once), names(twice));
    EXPECT_EQ(once.convention, twice.convention);
  }
}

TEST(OwnFile, DigestIsTheSha256OfTheEffectiveConfiguration) {
  const Config config = parse_config("{}", "file.yaml");
  const auto path = std::filesystem::temp_directory_path() / ("radloom-digest-" + std::to_string(::getpid()));
  std::ofstream(path) << config.effective_json;
  FILE* tool = ::popen(("sha256sum < " + path.string()).c_str(), "r");
  ASSERT_NE(tool, nullptr);
  char digest[65] = {};
  ASSERT_NE(std::fgets(digest, sizeof digest, tool), nullptr);
  ::pclose(tool);
  std::filesystem::remove(path);
  EXPECT_EQ(config.digest, std::string("sha256:") + digest);
}

TEST(OwnFile, DigestFollowsTheSettingsAndNothingElse) {
  const auto digest = [](const char* text) { return parse_config(text, "file.yaml").digest; };
  EXPECT_EQ(digest("settings: {bin_width: 25}"),
      digest("# words\nsettings: {binWidth: 25.0}\nimage_types: {Original: {bin_width: 25}}"));
  EXPECT_NE(digest("settings: {bin_width: 25}"), digest("settings: {bin_width: 25.000001}"));
}

// ---- the standard's columns ----

TEST(Columns, OfTheStandardAreUniqueAndNamedAfterIt) {
  const auto all = names(load_config({}));
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  const std::set<std::string> set(all.begin(), all.end());
  for (const char* name : {"original_morph_volume_mesh", "original_morph_compactness_1", "original_stat_energy",
           "original_stat_excess_kurtosis", "original_stat_10th_percentile", "original_ih_entropy",
           "original_glcm_joint_maximum_3d_avg", "original_glcm_joint_maximum_3d_mrg",
           "original_glrlm_run_entropy_3d_avg", "original_glszm_zone_percentage_3d", "original_ngtdm_coarseness_3d",
           "original_ngldm_low_dependence_emphasis_3d"})
    EXPECT_TRUE(set.count(name)) << name;
  EXPECT_FALSE(set.count("original_stat_entropy"));
  // The 210 that the reference has values for in 3D, and 4 densities that found no consensus.
  EXPECT_EQ(all.size(), 210u + 4);
  EXPECT_EQ(all.front(), "original_morph_compactness_1");
}

TEST(Columns, OfSlicesAreTheStandards25D) {
  const Config config =
      parse_config("settings: {force_2d: true}\nfamilies: {glcm: [Contrast], ngtdm: [Contrast]}", "file.yaml");
  const auto made = columns(config);
  ASSERT_EQ(made.size(), 3u);
  EXPECT_EQ(made[0].name, "original_glcm_contrast_25d_avg");
  EXPECT_EQ(made[0].aggregation.ibsi, "JJUI");
  EXPECT_EQ(made[1].aggregation.ibsi, "ZW7Z");
  EXPECT_EQ(made[2].name, "original_ngtdm_contrast_25d");
}

TEST(Columns, CarryTheStandardsAggregation) {
  for (const auto& column : columns(load_config({}))) {
    const std::string_view family = column.feature->ibsi_family;
    if (family == "glcm" || family == "glrlm")
      EXPECT_TRUE(column.aggregation.ibsi == "ITBB" || column.aggregation.ibsi == "IAZD");
    else if (family == "morph" || family == "loc_int" || family == "stat" || family == "ih" || family == "ivh")
      EXPECT_TRUE(column.aggregation.ibsi.empty());
    else EXPECT_EQ(column.aggregation.ibsi, "KOBO");
  }
}

TEST(Columns, DependOnTheConfigurationAlone) {
  const Config a = load_config({});
  Config b = a;
  b.source = "elsewhere";
  b.warnings.push_back("something");
  EXPECT_EQ(names(a), names(b));
  EXPECT_EQ(names(a), names(parse_config(a.effective_json, "again")));
}

// ---- the command line ----

TEST(CommandLine, SetOverridesByEitherName) {
  EXPECT_EQ(settings_of("setting: {binWidth: 10}", with_set("bin_width", "5")).bin_width, 5);
  EXPECT_EQ(settings_of("setting: {binWidth: 10}", with_set("binWidth", "5")).bin_width, 5);
  EXPECT_EQ(settings_of("{}", with_set("distances", "[1, 2]")).distances, (std::vector<int>{1, 2}));
  EXPECT_EQ(settings_of("{}", with_set("label", "2+5")).label.text(), "2+5");
  EXPECT_TRUE(settings_of("{}", with_set("label", "all")).label.every_label);
  EXPECT_FALSE(settings_of("convention: pyradiomics", with_set("interpolator", "")).interpolator);
  ConfigRequest twice;
  twice.overrides = {{"bin_width", "5"}, {"binWidth", "6"}};
  twice.label = "7";
  EXPECT_EQ(settings_of("{}", twice).bin_width, 6);
  EXPECT_EQ(settings_of("settings: {label: 3}", twice).label.text(), "7");
}

TEST(CommandLine, SetChoosesFamilies) {
  EXPECT_EQ(names(parse_config("{}", "file.yaml", with_set("families", "{ngtdm: [Contrast]}"))),
      std::vector<std::string>{"original_ngtdm_contrast_3d"});
}

TEST(CommandLine, WrongSetsAreRefused) {
  EXPECT_SAYS(refused("{}", ErrorCode::config_invalid, with_set("bin_widht", "5")),
      "--set: unknown setting 'bin_widht' (did you mean 'bin_width'?)");
  EXPECT_SAYS(refused("{}", ErrorCode::config_invalid, with_set("bin_width", "wide")),
      "--set: bin_width: takes a number > 0, not 'wide'");
  EXPECT_SAYS(refused("{}", ErrorCode::config_invalid, with_set("bin_width", "[")), "--set 'bin_width'");
  EXPECT_SAYS(
      refused("{}", ErrorCode::config_invalid, with_set("image_types", "[Wavelets]")), "did you mean 'Wavelet'?");
}

TEST(CommandLine, SetChoosesImageTypes) {
  const Config list =
      parse_config("image_types: {Wavelet: {wavelet: db2}}", "file.yaml", with_set("image_types", "[Square, Mean]"));
  ASSERT_EQ(list.image_types.size(), 2u);
  EXPECT_EQ(list.image_types[0].name, "Square");
  EXPECT_EQ(list.image_types[1].name, "Mean");
  const Config own = parse_config("{}", "file.yaml", with_set("image_types", "{Mean: {mean_support: 7}, Square: }"));
  ASSERT_EQ(own.image_types.size(), 2u);
  EXPECT_EQ(own.image_types[0].settings.mean_support, 7);
  EXPECT_EQ(own.image_types[1].settings.mean_support, 5);
}

TEST(CommandLine, ShadowedSetIsSaid) {
  const Config config = parse_config("imageType: {Original: {binWidth: 5}}", "file.yaml", with_set("bin_width", "9"));
  EXPECT_EQ(config.image_types[0].settings.bin_width, 5);
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_SAYS(config.warnings[0], "stays as the file has it");
}

TEST(CommandLine, ConventionOverrides) {
  ConfigRequest request;
  request.convention = Convention::ibsi;
  const Config config = parse_config("featureClass: {glcm: [Contrast]}", "file.yaml", request);
  EXPECT_EQ(
      names(config), (std::vector<std::string>{"original_glcm_contrast_3d_avg", "original_glcm_contrast_3d_mrg"}));
}

// ---- presets and files ----

TEST(Presets, AreListedAndLoadOrSayWhyNot) {
  std::vector<std::string> listed;
  for (const auto& preset : presets()) {
    listed.push_back(preset.name);
    EXPECT_FALSE(preset.description.empty());
    ConfigRequest request;
    request.preset = preset.name;
    if (preset.available) {
      EXPECT_EQ(load_config(request).source, "preset " + preset.name);
      continue;
    }
    try {
      load_config(request);
      ADD_FAILURE() << preset.name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::config_unsupported);
      EXPECT_SAYS(error.what(), preset.name);
    }
  }
  EXPECT_EQ(listed, (std::vector<std::string>{"ibsi", "pyradiomics", "ibsi1-digital", "ibsi1-a", "ibsi1-b", "ibsi1-c",
                        "ibsi1-d", "ibsi1-e"}));
}

TEST(Presets, PyradiomicsIsWhatItComputesWithoutAFile) {
  ConfigRequest request;
  request.preset = "pyradiomics";
  EXPECT_EQ(names(load_config(request)).size(), 107u);
  ConfigRequest by_convention;
  by_convention.convention = Convention::pyradiomics;
  EXPECT_EQ(load_config(by_convention).digest, load_config(request).digest);
  EXPECT_EQ(load_config(by_convention).source, "defaults");
}

ErrorCode load_error(const ConfigRequest& request) {
  try {
    load_config(request);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "accepted";
  return ErrorCode::internal;
}

TEST(Files, ThatCannotBeReadAreErrors) {
  ConfigRequest request;
  request.file = "/nonexistent/params.yaml";
  EXPECT_EQ(load_error(request), ErrorCode::file_missing);
  request.file = std::filesystem::temp_directory_path();
  EXPECT_EQ(load_error(request), ErrorCode::not_a_file);
  request.preset = "ibsi";
  EXPECT_EQ(load_error(request), ErrorCode::config_invalid);
  ConfigRequest unknown;
  unknown.preset = "ibsi2";
  EXPECT_EQ(load_error(unknown), ErrorCode::config_invalid);
}

// ---- hostile text ----

TEST(HostileText, IsRefusedInOneLine) {
  EXPECT_SAYS(refused("setting: {binWidth: 25\n"), "not YAML or JSON");
  EXPECT_SAYS(refused("setting:\n  binWidth: 25\n  label: 1\n  binWidth: 30"),
      "file.yaml:4: the key 'binWidth' stands here a second time");
  EXPECT_SAYS(refused("a: 1\n---\nb: 2"), "a second YAML document");
  EXPECT_SAYS(refused(std::string("setting: {}\0", 12)), "zero byte");
  EXPECT_SAYS(refused(std::string(2 << 20, ' ')), "no configuration");
  EXPECT_SAYS(refused(std::string(100000, '[')), "nested deeper");
  EXPECT_SAYS(refused("setting: " + std::string(100, '[') + std::string(100, ']')), "nested deeper");
  EXPECT_SAYS(refused("? [a]\n: b"), "a key must be a word");
  EXPECT_SAYS(refused("setting: !!python/object:os.system {}"), "means nothing here");
  EXPECT_SAYS(refused("setting: !foo {}"), "the tag '!foo' means nothing here");
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += std::string(i ? "," : "") + "*" + char(c - 1);
    bomb += "]\n";
  }
  EXPECT_SAYS(refused(bomb), "more values than any configuration");
  EXPECT_SAYS(refused("setting: &s\n  binWidth: *s"), "");
  EXPECT_SAYS(refused("a: &a [*a]"), "an alias stands inside the value");
  for (const char* stray : {",", "]", "}", "setting: {}\n]", "{}}"})
    EXPECT_NE(refused(stray), "") << stray;  // LoadAll of yaml-cpp never returns from ","
  std::string long_text = "a: &a " + std::string(500000, 'x') + "\nb: [";
  for (int i = 0; i < 10000; ++i) long_text += "*a,";
  EXPECT_SAYS(refused(long_text + "]"), "more values than any configuration");
  const std::string message = refused("setting: {\"bin\\n\\e[31m" + std::string(500, 'x') + "\": 1}");
  EXPECT_LT(message.size(), 300u);
}

TEST(Labels, AreReadStrictly) {
  EXPECT_EQ(LabelSelection::parse("1").labels, std::vector<std::int64_t>{1});
  EXPECT_EQ(LabelSelection::parse("3+1+3").text(), "3+1");
  EXPECT_TRUE(LabelSelection::parse("all").every_label);
  EXPECT_EQ(LabelSelection::parse("all").text(), "all");
  for (const char* wrong : {"", "0", "-1", "1+", "+1", "1++2", "1,2", " 1", "1 ", "All", "1+0", "99999999999999999999",
           "1.0", "GTV\xA1", "\xED\xA0\x80"})
    EXPECT_THROW(LabelSelection::parse(wrong), Error) << wrong;
}

TEST(Labels, MayBeNames) {
  for (const char* name : {"GTV-1", "a", "GTV*+CTV+3", "Lung, left", "70 Gy", "*", "\xC3\xA4"}) {
    const LabelSelection selection = LabelSelection::parse(name);
    EXPECT_EQ(selection.names, name);
    EXPECT_EQ(selection.text(), name);
    EXPECT_FALSE(selection.every_label);
  }
  EXPECT_EQ(settings_of("settings: {label: GTV-1}").label.names, "GTV-1");
  EXPECT_EQ(settings_of("settings: {suv: bw}").suv, "bw");
  EXPECT_SAYS(refused("settings: {suv: sul}"), "bw");
}

}  // namespace
}  // namespace radloom
