// The standard's processing through the engine: its order, and that no value depends on how much of the image is processed for it.
#include <algorithm>
#include <map>
#include <random>

#include "support/measure.hpp"

namespace radloom::test {
namespace {

/// A CT-like volume with two regions that touch neither each other nor, but for the second, the border.
Volumes two_regions() {
  return ct_like<float>({34, 30, 14}, 5, [](int x, int y, int z) {
    return in_ball(x, y, z, {10, 11, 6}, 7.3) ? 1 : in_ball(x, y, z, {28, 24, 12}, 6.1) ? 3 : 0;
  });
}

Config standard(const std::string& settings, const std::string& rest = "families: [morph, stat, ih, ngtdm, ngldm]") {
  return parse_config("convention: ibsi\nsettings: {" + settings + "}\n" + rest, "test");
}

CaseRecord measured(const Config& config, const Volumes& v) {
  return Engine(config, options_of("cpu", 2)).extract(v.image, v.mask);
}

std::map<std::string, double> diagnostics_of(const RegionRecord& region) {
  std::map<std::string, double> all;
  for (const auto& [name, text] : region.diagnostics) all[name] = std::stod(text);
  return all;
}

void expect_same(const std::vector<FeatureValue>& a, const std::vector<FeatureValue>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  ASSERT_FALSE(a.empty()) << what;
  for (std::size_t k = 0; k < a.size(); ++k) {
    EXPECT_EQ(a[k].value, b[k].value) << what << ", column " << k;
    EXPECT_EQ(a[k].undefined, b[k].undefined) << what << ", column " << k;
  }
}

TEST(StandardProcessing, NoValueDependsOnHowMuchOfTheImageIsProcessed) {
  const auto volumes = two_regions();
  for (const char* settings :
      {"bin_width: 25", "bin_count: 16, resampled_spacing_mm: [2, 2, 2], interpolator: linear",
          "bin_count: 16, resampled_spacing_mm: [1.3, 1.3, 0], interpolator: bspline, round_intensities: true",
          "bin_count: 16, resampled_spacing_mm: [2, 2, 3], interpolator: linear, antialias: 0.5, normalize: true, normalize_scale: 100",
          "bin_count: 8, resampled_spacing_mm: [2, 2, 2], interpolator: nearest, resegment_outliers: 2, mask_interpolator: bspline"})
    for (const char* rest :
        {"families: [morph, stat, ih, ngtdm, ngldm]", "image_types: [Original, Wavelet]\nfamilies: [stat, ngldm]"}) {
      const auto of = [&](const std::string& more) {
        auto record = measured(standard(settings + more, rest), volumes);
        EXPECT_EQ(record.status, Status::ok) << settings << record.error.message;
        return record.regions;
      };
      const auto both = of(", label: all"), all_of_it = of(", label: all, additional_info: true");
      const auto one = of(", label: 1"), three = of(", label: 3");
      ASSERT_EQ(both.size(), 2u);
      expect_same(both[0].values, one[0].values, settings);
      expect_same(both[1].values, three[0].values, settings);
      expect_same(both[0].values, all_of_it[0].values, settings);
      expect_same(both[1].values, all_of_it[1].values, settings);
      EXPECT_TRUE(both[0].diagnostics.empty());
      EXPECT_EQ(all_of_it[0].diagnostics.size(), 60u);
    }
}

/// Every backend but the host, against the host.
class OtherBackend : public OnBackend<std::string> {};

TEST_P(OtherBackend, InterpolatesTheSame) {
  const auto volumes = two_regions();
  for (const char* settings :
      {"bin_count: 16, resampled_spacing_mm: [2, 2, 2], interpolator: linear, round_intensities: true",
          "bin_count: 16, resampled_spacing_mm: [1.9, 1.9, 0], interpolator: bspline, resegment_outliers: 2"}) {
    const Config config = standard(std::string(settings) + ", label: all",
        "image_types: [Original, Wavelet]\nfamilies: [morph, loc_int, stat, glcm, ngldm, gldzm]");
    const auto host = measured(config, volumes);
    const auto there = Engine(config, options_of(GetParam(), 2)).extract(volumes.image, volumes.mask);
    ASSERT_EQ(there.status, Status::ok) << there.error.message;
    ASSERT_EQ(there.regions.size(), 2u);
    for (std::size_t r = 0; r < 2; ++r)
      for (std::size_t k = 0; k < host.regions[r].values.size(); ++k) {
        const double a = number(host.regions[r].values[k]), b = number(there.regions[r].values[k]);
        EXPECT_LE(relative(a, b, 1e-9), 1e-9) << settings << ", region " << r << ", column " << k;
      }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Backends, OtherBackend, testing::ValuesIn(device_backends()), [](const auto& instance) { return instance.param; });

TEST(StandardProcessing, TheRangeGoesBeforeTheOutliersAndMorphologyKeepsTheWholeRegion) {
  // 0 .. 19 in a line, and one voxel of 10,000 that the range takes away: of the others, mean 9.5 and deviation 5.77 leave 4 .. 15.
  Geometry line;
  line.size = {21, 1, 1};
  std::vector<float> image;
  for (int k = 0; k < 20; ++k) image.push_back(float(k));
  image.push_back(10000);
  const Volumes v{Volume::from(line, std::move(image)), Volume::from(line, std::vector<std::uint8_t>(21, 1))};
  const auto run = [&](const std::string& more) {
    const auto record = measured(standard("bin_width: 1, additional_info: true" + more), v);
    EXPECT_EQ(record.status, Status::ok) << record.error.message;
    return diagnostics_of(record.regions.at(0));
  };
  auto d = run(", resegment_range: [0, 100], resegment_outliers: 1");
  EXPECT_EQ(d["diagnostics_int_mask_vox_count_reseg_roi"], 12);
  EXPECT_EQ(d["diagnostics_int_mask_min_int_reseg_roi"], 4);
  EXPECT_EQ(d["diagnostics_int_mask_max_int_reseg_roi"], 15);
  EXPECT_EQ(d["diagnostics_morph_mask_vox_count_reseg_roi"], 21);
  EXPECT_EQ(run(", resegment_outliers: 1")["diagnostics_int_mask_vox_count_reseg_roi"], 20);
  EXPECT_EQ(run(", resegment_range: [5]")["diagnostics_int_mask_vox_count_reseg_roi"], 16);
  d = run(", resegment_range: [0, 100], resegment_shape: true");
  EXPECT_EQ(d["diagnostics_morph_mask_vox_count_reseg_roi"], 20);
  const auto gone = measured(standard("bin_width: 1, resegment_range: [200, 300]"), v);
  EXPECT_EQ(gone.status, Status::failed);
  EXPECT_EQ(gone.error.code, "resegmentation_empty");
}

TEST(StandardProcessing, InputIsRoundedBeforeAndIntensitiesAfterInterpolation) {
  Geometry grid;
  grid.size = {4, 4, 1};
  std::vector<double> image{0.4, 0.6, 1.4, 1.6, 2.4, 2.6, 3.4, 3.6, 4.4, 4.6, 5.4, 5.6, 6.4, 6.6, 7.4, 7.6};
  std::vector<float> mask(16, 0.9F);  // read as 1 once it is rounded
  const Volumes v{Volume::from(grid, image), Volume::from(grid, mask)};
  EXPECT_EQ(measured(standard("bin_width: 1"), v).error.code, "empty_mask");
  const auto run = [&](const std::string& more) {
    const auto record = measured(standard("bin_width: 1, additional_info: true, round_input: true" + more), v);
    EXPECT_EQ(record.status, Status::ok) << record.error.message;
    return diagnostics_of(record.regions.at(0));
  };
  auto d = run("");
  EXPECT_EQ(d["diagnostics_min_int_init_img"], 0);
  EXPECT_EQ(d["diagnostics_max_int_init_img"], 8);
  EXPECT_EQ(d["diagnostics_int_mask_vox_count_init_roi"], 16);
  const std::string coarse = ", resampled_spacing_mm: [2, 2, 0], interpolator: linear";
  EXPECT_EQ(run(coarse)["diagnostics_int_mask_min_int_interp_roi"], (0 + 1 + 2 + 3) / 4.0);
  EXPECT_EQ(run(coarse + ", round_intensities: true")["diagnostics_int_mask_min_int_interp_roi"], 2);
}

/// Two balls far apart in an image of one value and a patch of noise, where the recursion of the B-spline swings by the last digit, and what is not finite
/// lies between them: neither may see what is read for the other.
TEST(Resampling, OfARegionDoesNotDependOnItsCompany) {
  Geometry grid;
  grid.size = {260, 20, 20};
  for (const int value : {1, -1024, 2}) {
    std::mt19937 random(5);
    std::vector<std::int16_t> image(std::size_t(grid.voxels()), std::int16_t(value));
    std::vector<std::uint8_t> labels(image.size());
    for (std::size_t i = 0; i < image.size(); ++i) {
      const std::size_t x = i % 260, y = i / 260 % 20;
      if (y >= 5 && y < 15 && x >= 10 && x < 26) labels[i] = 1;
      if (y >= 5 && y < 15 && x >= 111 && x < 126) labels[i] = 2;
      if (x > 118 && x < 140) image[i] = std::int16_t(random() % 400);
    }
    std::vector<float> with_nan(image.begin(), image.end());
    with_nan[170] = with_nan[260 * 20 * 10 + 60] = NAN;
    for (const Volumes& v : {Volumes{Volume::from(grid, image), Volume::from(grid, labels)},
             Volumes{Volume::from(grid, with_nan), Volume::from(grid, labels)}})
      for (const char* interpolator : {"sitkBSpline", "sitkLinear"}) {
        const auto measured_of = [&](const LabelSelection& label) {
          Config config = pyradiomics_config(
              std::string(R"({"resampledPixelSpacing": [2, 2, 2], "binCount": 8, "interpolator": ")") + interpolator +
                  "\"}",
              R"({"firstorder": null, "glcm": null})");
          config.settings.label = label;
          return measured(config, v);
        };
        const auto all = measured_of(LabelSelection::parse("all"));
        ASSERT_EQ(all.regions.size(), 2U);
        for (const auto& region : all.regions) {
          const auto alone = measured_of(LabelSelection::parse(region.label)).regions.at(0);
          ASSERT_EQ(region.error.code, alone.error.code) << interpolator << ", label " << region.label;
          if (region.status == Status::ok) expect_same(region.values, alone.values, interpolator);
        }
      }
  }
}

TEST(StandardProcessing, SmoothingGoesAlongTheAxesThatLoseResolution) {
  Geometry grid;
  grid.size = {40, 4, 1};
  std::mt19937 random(11);
  std::vector<double> image;
  for (int k = 0; k < 160; ++k) image.push_back(double(random() % 1000));
  const Volumes v{Volume::from(grid, image), Volume::from(grid, std::vector<std::uint8_t>(160, 1))};
  // Along x from 1 mm to 2 mm, half a new voxel being one old one; along y from 1 mm to 0.5 mm, which is not smoothed.
  double sum = 0, least = 1e9, most = -1e9;
  const auto row = [&](int y) {
    std::vector<double> smooth, out;
    for (int x = 0; x < 40; ++x) {
      double total = 0, weights = 0;
      for (int k = -4; k <= 4; ++k) {
        const double w = std::exp(-0.5 * k * k);
        total += w * image[std::size_t(40 * y + std::clamp(x + k, 0, 39))];
        weights += w;
      }
      smooth.push_back(total / weights);
    }
    for (std::size_t x = 0; x < 40; x += 2) out.push_back(0.5 * (smooth[x] + smooth[x + 1]));
    return out;
  };
  for (int k = 0; k < 8; ++k) {
    const double c = std::clamp(0.5 * k - 0.25, 0.0, 3.0);
    const int y = std::min(int(c), 2);
    const auto a = row(y), b = row(y + 1);
    for (std::size_t x = 0; x < 20; ++x) {
      const double value = a[x] + (b[x] - a[x]) * (c - y);
      sum += value;
      least = std::min(least, value);
      most = std::max(most, value);
    }
  }
  const auto record = measured(
      standard(
          "bin_width: 1, additional_info: true, resampled_spacing_mm: [2, 0.5, 0], interpolator: linear, antialias: 0.5"),
      v);
  ASSERT_EQ(record.status, Status::ok) << record.error.message;
  auto d = diagnostics_of(record.regions.at(0));
  EXPECT_EQ(d["diagnostics_int_mask_vox_count_interp_roi"], 160);
  EXPECT_NEAR(d["diagnostics_int_mask_mean_int_interp_roi"], sum / 160, 1e-9);
  EXPECT_NEAR(d["diagnostics_int_mask_min_int_interp_roi"], least, 1e-9);
  EXPECT_NEAR(d["diagnostics_int_mask_max_int_interp_roi"], most, 1e-9);
}

TEST(StandardProcessing, BinsOfADerivedImageDoNotStartAtTheRangeOfTheImage) {
  // A range that takes nothing away. High-pass responses lie around 0, far below it: counted from its lower end, their levels would be
  // negative.
  const auto volumes = two_regions();
  std::vector<float> shifted;
  volumes.image.visit([&](auto v) {
    for (const auto x : v) shifted.push_back(float(x + 3000));
  });
  const Volumes far{Volume::from(volumes.image.geometry(), std::move(shifted)), volumes.mask};
  const std::string types = "image_types: [Original, Wavelet]\nfamilies: [stat, ih, glcm, ngldm]";
  const Config ranged = standard("bin_width: 5, resegment_range: [1001, 9000]", types);
  const auto with = measured(ranged, far), without = measured(standard("bin_width: 5", types), far);
  ASSERT_EQ(with.status, Status::ok) << with.error.message;
  ASSERT_EQ(without.status, Status::ok);
  int derived = 0, moved = 0;
  const auto made = columns(ranged);
  for (std::size_t k = 0; k < made.size(); ++k) {
    const double a = number(with.regions[0].values[k]), b = number(without.regions[0].values[k]);
    if (made[k].image_type == "original") {
      moved += a != b;
    } else {
      EXPECT_EQ(a, b) << made[k].name;
      ++derived;
    }
  }
  EXPECT_GT(derived, 300);
  EXPECT_GT(moved, 5) << "the image's own bins do start there";
}

TEST(StandardProcessing, ARegionThatInterpolationLosesFailsAloneAndSaysWhy) {
  auto volumes = two_regions();
  auto labels = std::vector<std::uint8_t>(std::size_t(volumes.mask.geometry().voxels()));
  const auto before = volumes.mask.as<std::uint8_t>();
  std::copy(before.begin(), before.end(), labels.begin());
  labels[0] = 7;  // one voxel in the corner
  labels[20 + 34 * (3 + 30 * 3)] = 9;
  const Volumes v{volumes.image, Volume::from(volumes.mask.geometry(), std::move(labels))};
  const auto record =
      measured(standard("bin_count: 8, label: all, resampled_spacing_mm: [4, 4, 5], interpolator: linear"), v);
  EXPECT_EQ(record.status, Status::partial);
  ASSERT_EQ(record.regions.size(), 4u);
  EXPECT_EQ(record.regions[0].status, Status::ok);
  EXPECT_EQ(record.regions[1].status, Status::ok);
  EXPECT_EQ(record.regions[3].status, Status::failed);
  EXPECT_NE(record.regions[3].error.message.find("resampling"), std::string::npos) << record.regions[3].error.message;
}

}  // namespace
}  // namespace radloom::test
