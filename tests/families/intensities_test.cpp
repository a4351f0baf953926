// Histogram, intensity-volume histogram and local intensities of random regions against their definitions.
#include <limits>
#include <numbers>
#include <random>
#include <type_traits>

#include "catalogue/indices.hpp"
#include "families/ivh/features.hpp"
#include "families/loc_int/features.hpp"
#include "families/standard.hpp"

namespace radloom::test {
namespace {

class Intensities : public OnBackend<std::string> {
 protected:
  void SetUp() override {
    OnBackend::SetUp();
    if (!IsSkipped()) backend_ = make_backend(GetParam(), 2);
  }
  std::shared_ptr<const backend::Backend> backend_;
};

double percentile(const std::vector<double>& sorted, double fraction) {
  const double place = fraction * double(sorted.size() - 1);
  const auto below = std::size_t(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - double(below)) * (sorted[above] - sorted[below]);
}

TEST_P(Intensities, histogramEqualsTheDefinition) {
  for (std::uint32_t seed = 1; seed < 12; ++seed) {
    const auto grid = counted_from_one(random_grid({6, 5, 4}, {0.7, 3 + int(seed), seed % 2 == 0}, seed));
    const auto v = volumes_of(grid);
    const auto ours = measure_standard(*backend_, standard_config({"3d_mrg"}), v.image, v.mask);
    std::vector<double> levels;
    for (const int level : grid.level)
      if (level) levels.push_back(level);
    std::sort(levels.begin(), levels.end());
    const double n = double(levels.size());
    const auto mean_of = [&](auto f) {
      double sum = 0;
      for (const double l : levels) sum += f(l);
      return sum / n;
    };
    const double mean = mean_of([](double l) { return l; });
    const auto moment = [&](int k) { return mean_of([&](double l) { return std::pow(l - mean, k); }); };
    const double median = percentile(levels, 0.5), p10 = percentile(levels, 0.1), p25 = percentile(levels, 0.25),
                 p75 = percentile(levels, 0.75), p90 = percentile(levels, 0.9);
    std::vector<double> robust;
    for (const double l : levels)
      if (l >= p10 && l <= p90) robust.push_back(l);
    double robust_mean = 0, robust_deviation = 0;
    for (const double l : robust) robust_mean += l / double(robust.size());
    for (const double l : robust) robust_deviation += std::abs(l - robust_mean) / double(robust.size());
    const int highest = int(levels.back());
    std::vector<double> count(std::size_t(highest) + 1);
    for (const double l : levels) ++count[std::size_t(l)];
    int mode = 1;
    for (int l = 1; l <= highest; ++l)
      if (count[std::size_t(l)] > count[std::size_t(mode)] ||
          (count[std::size_t(l)] == count[std::size_t(mode)] && std::abs(l - mean) < std::abs(mode - mean)))
        mode = l;
    std::map<std::string, double> expected{{"mean", mean}, {"variance", moment(2)},
        {"skewness", moment(3) / std::pow(moment(2), 1.5)}, {"excess_kurtosis", moment(4) / moment(2) / moment(2) - 3},
        {"median", median}, {"minimum", levels.front()}, {"10th_percentile", p10}, {"90th_percentile", p90},
        {"maximum", levels.back()}, {"mode", mode}, {"interquartile_range", p75 - p25},
        {"range", levels.back() - levels.front()},
        {"mean_absolute_deviation", mean_of([&](double l) { return std::abs(l - mean); })},
        {"robust_mean_absolute_deviation", robust_deviation},
        {"median_absolute_deviation", mean_of([&](double l) { return std::abs(l - median); })},
        {"coefficient_of_variation", std::sqrt(moment(2)) / mean},
        {"quartile_coefficient_of_dispersion", (p75 - p25) / (p75 + p25)}};
    if (highest > 1) {
      double largest = -1e300, smallest = 1e300;
      for (int l = 1; l <= highest; ++l) {
        const double gradient = l == 1         ? count[2] - count[1]
                                : l == highest ? count[std::size_t(l)] - count[std::size_t(l - 1)]
                                               : (count[std::size_t(l + 1)] - count[std::size_t(l - 1)]) / 2;
        if (gradient > largest) expected["maximum_histogram_gradient_intensity"] = l;
        if (gradient < smallest) expected["minimum_histogram_gradient_intensity"] = l;
        largest = std::max(largest, gradient);
        smallest = std::min(smallest, gradient);
      }
      expected["maximum_histogram_gradient"] = largest;
      expected["minimum_histogram_gradient"] = smallest;
    }
    EXPECT_EQ(expected.size(), 21u);
    for (const auto& [name, number] : expected)
      EXPECT_LT(relative(value(ours, "ih_" + name), number, 1e-12), 1e-11) << name;
    // Levels are the intensities here, so that the statistics are those of the histogram.
    for (const auto* name :
        {"median_absolute_deviation", "coefficient_of_variation", "quartile_coefficient_of_dispersion"})
      EXPECT_LT(relative(value(ours, std::string("stat_") + name), expected[name], 1e-12), 1e-11) << name;
  }
}

/// Fractions by counting, intensities by trying every step of the scale in turn.
TEST(IntensityVolumeHistogram, equalsTheDefinition) {
  namespace f = feature::ivh;
  for (std::uint32_t seed = 1; seed < 30; ++seed) {
    const auto grid = random_grid({7, 6, 5}, {0.7, 60, false}, seed);
    const auto v = volumes_of(grid);
    std::vector<double> values;
    for (const int level : grid.level)
      if (level) values.push_back(level);
    Settings s;
    s.ivh_discretisation = IvhDiscretisation(seed % 3);
    s.ivh_bin_width = 2.5;
    s.ivh_bin_count = 10;
    if (seed % 2) s.ivh_range = {-10, 100};
    const double least = *std::min_element(values.begin(), values.end()),
                 most = *std::max_element(values.begin(), values.end());
    double low = s.ivh_range.empty() ? least : -10, high = s.ivh_range.empty() ? most : 100, start = least, step = 1;
    if (s.ivh_discretisation == IvhDiscretisation::fixed_bin_size) {
      step = 2.5;
      for (auto& i : values) {
        int bin = 1;
        while (low + bin * 2.5 <= i) ++bin;
        i = low + (bin - 0.5) * 2.5;
      }
      start = low + 1.25;
    } else if (s.ivh_discretisation == IvhDiscretisation::fixed_bin_number) {
      for (auto& i : values) {
        int bin = 1;
        while (bin < 10 && 10 * (i - least) >= bin * (most - least)) ++bin;
        i = bin;
      }
      start = low = 1;
      high = 10;
    }
    const auto at_least = [&](double i) {
      return double(std::count_if(values.begin(), values.end(), [&](double j) { return j >= i; })) /
             double(values.size());
    };
    const auto intensity = [&](double fraction) {
      double i = start;
      while (at_least(i) > fraction) i += step;
      return i;
    };
    const auto ours = ivh::compute(v.image, v.mask, s);
    EXPECT_EQ(ours[f::volume_at_10], at_least(low + 0.1 * (high - low) - 1e-9)) << seed;
    EXPECT_EQ(ours[f::volume_at_90], at_least(low + 0.9 * (high - low) - 1e-9)) << seed;
    EXPECT_EQ(ours[f::volume_difference], ours[f::volume_at_10] - ours[f::volume_at_90]);
    const double largest = *std::max_element(values.begin(), values.end());
    if (const double i = intensity(0.1); i <= largest) EXPECT_LT(relative(ours[f::intensity_at_10], i), 1e-12) << seed;
    else EXPECT_TRUE(std::isnan(ours[f::intensity_at_10])) << seed;
    EXPECT_LT(relative(ours[f::intensity_at_90], intensity(0.9)), 1e-12) << seed;
  }
}

/// Intensities that are not whole have no step but themselves.
TEST(IntensityVolumeHistogram, ofRealNumbers) {
  Geometry g;
  g.size = {20, 1, 1};
  std::vector<float> values;
  for (int i = 0; i < 20; ++i) values.push_back(0.25f + 0.5f * float(i * i));
  const auto image = Volume::from(g, values);
  const auto mask = Volume::from(g, std::vector<std::uint8_t>(20, 1));
  const auto ours = ivh::compute(image, mask, {});
  EXPECT_EQ(ours[feature::ivh::intensity_at_10], 0.25 + 0.5 * 18 * 18);  // two of twenty reach it
  EXPECT_EQ(ours[feature::ivh::intensity_at_90], 0.25 + 0.5 * 2 * 2);
  Settings s;
  s.ivh_range = {3, 3};
  try {
    ivh::compute(image, mask, s);
    FAIL() << "a range without width is accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::config_invalid);
  }
}

/// The mean over voxels whose centres are within 6.2 mm of that of a voxel, by definition.
double mean_around(
    const oracle::Grid& image, const std::array<double, 3>& spacing, const std::array<std::int64_t, 3>& middle) {
  const double radius = 10 * std::cbrt(3 / (4 * std::numbers::pi));
  double sum = 0, n = 0;
  for (int z = 0; z < image.size[2]; ++z)
    for (int y = 0; y < image.size[1]; ++y)
      for (int x = 0; x < image.size[0]; ++x) {
        const double dx = double(x - middle[0]) * spacing[0], dy = double(y - middle[1]) * spacing[1],
                     dz = double(z - middle[2]) * spacing[2];
        if (dx * dx + dy * dy + dz * dz > radius * radius) continue;
        sum += image.at(x, y, z);
        ++n;
      }
  return sum / n;
}

/// A region of one voxel, at every place of an image: each side of the sphere inside, at the border, beyond it by one.
TEST(LocalIntensity, ofEveryVoxel) {
  const std::array<double, 3> spacing{2, 2.5, 3};  // the sphere reaches 3, 2 and 2 voxels far
  const auto image = random_grid({8, 7, 6}, {1.1, 9, false}, 77);
  const auto volumes = volumes_of(image, spacing);
  Geometry voxel;
  voxel.spacing_mm = spacing;
  voxel.size = {1, 1, 1};
  const auto mask = Volume::from(voxel, std::vector<std::uint8_t>{1});
  for (std::int64_t z = 0; z < 6; ++z)
    for (std::int64_t y = 0; y < 7; ++y)
      for (std::int64_t x = 0; x < 8; ++x) {
        const auto ours = loc_int::compute(volumes.image, mask, {x, y, z});
        const double mean = mean_around(image, spacing, {x, y, z});
        ASSERT_LT(relative(ours[feature::loc_int::local_intensity_peak], mean), 1e-12) << x << ' ' << y << ' ' << z;
        ASSERT_LT(relative(ours[feature::loc_int::global_intensity_peak], mean), 1e-12) << x << ' ' << y << ' ' << z;
      }
}

/// Rows of more spheres than are summed up side by side, of the least and the largest values that a type has.
template <class T>
void check_long_rows() {
  const std::array<std::int64_t, 3> n{71, 2, 2};
  Geometry g;
  g.size = n;
  g.spacing_mm = {0.5, 4, 5};  // rows of the sphere are up to 25 voxels long
  std::vector<T> values(std::size_t(n[0] * n[1] * n[2]));
  std::mt19937 random(5);
  const bool whole = std::is_integral_v<T>;
  for (auto& v : values) {
    const double share = double(random()) / 4294967295.0;
    const double low = whole ? double(std::numeric_limits<T>::lowest()) : -1e6;
    v = T(low + share * ((whole ? double(std::numeric_limits<T>::max()) : 1e6) - low));
  }
  const double radius = 10 * std::cbrt(3 / (4 * std::numbers::pi));
  double highest = -INFINITY, local = 0, global = -INFINITY;
  for (std::int64_t i = 0; i < std::int64_t(values.size()); ++i) {
    double sum = 0, count = 0;
    for (std::int64_t j = 0; j < std::int64_t(values.size()); ++j) {
      const double dx = double(i % n[0] - j % n[0]) * g.spacing_mm[0],
                   dy = double(i / n[0] % n[1] - j / n[0] % n[1]) * g.spacing_mm[1],
                   dz = double(i / (n[0] * n[1]) - j / (n[0] * n[1])) * g.spacing_mm[2];
      if (dx * dx + dy * dy + dz * dz > radius * radius) continue;
      sum += double(values[std::size_t(j)]);
      ++count;
    }
    const double here = double(values[std::size_t(i)]);
    if (here > highest) local = -INFINITY;
    highest = std::max(highest, here);
    if (here == highest) local = std::max(local, sum / count);
    global = std::max(global, sum / count);
  }
  const auto mask = Volume::from(g, std::vector<std::uint8_t>(values.size(), 1));
  const auto ours = loc_int::compute(Volume::from(g, std::move(values)), mask, {0, 0, 0});
  EXPECT_NEAR(ours[feature::loc_int::local_intensity_peak], local, 1e-12 * highest);
  EXPECT_NEAR(ours[feature::loc_int::global_intensity_peak], global, 1e-12 * highest);
}

TEST(LocalIntensity, ofLongRowsOfEveryType) {
  check_long_rows<std::int8_t>();
  check_long_rows<std::uint8_t>();
  check_long_rows<std::int16_t>();
  check_long_rows<std::uint16_t>();
  check_long_rows<std::int32_t>();
  check_long_rows<std::uint32_t>();
  check_long_rows<float>();
  check_long_rows<double>();
}

/// Means of an image that reaches further than the region, or does not.
TEST_P(Intensities, localPeaksEqualTheDefinition) {
  std::uint32_t seed = 40;
  for (const auto& spacing : {std::array<double, 3>{2, 2, 2}, {1, 1.5, 3}, {7, 7, 7}, {0.977, 4, 2}})
    for (const std::int64_t margin : {0, 2, 9}) {
      const std::array<std::int64_t, 3> inner{5, 4, 3};
      std::array<std::int64_t, 3> outer, place;
      for (std::size_t d = 0; d < 3; ++d) {
        place[d] = margin + std::int64_t(d);
        outer[d] = inner[d] + place[d] + margin;
      }
      const auto wide = random_grid({int(outer[0]), int(outer[1]), int(outer[2])}, {1.1, 9, false}, ++seed);
      const auto shape = random_grid({5, 4, 3}, {0.6, 2, false}, ++seed);
      oracle::Grid region = shape;
      for (int z = 0; z < 3; ++z)
        for (int y = 0; y < 4; ++y)
          for (int x = 0; x < 5; ++x)
            if (auto& level = region.level[std::size_t((z * 4 + y) * 5 + x)])
              level = wide.at(x + int(place[0]), y + int(place[1]), z + int(place[2]));
      const auto around = volumes_of(wide, spacing), v = volumes_of(region, spacing);
      const auto ours = measure_standard(
          *backend_, standard_config({"3d_mrg"}), v.image, v.mask, {.surroundings = around.image, .place = place});
      double local = 0, global = 0, most = 0;
      for (int z = 0; z < 3; ++z)
        for (int y = 0; y < 4; ++y)
          for (int x = 0; x < 5; ++x) {
            const int here = region.at(x, y, z);
            if (!here) continue;
            const double mean = mean_around(wide, spacing, {x + place[0], y + place[1], z + place[2]});
            if (here > most) local = 0;
            most = std::max(most, double(here));
            if (here == most) local = std::max(local, mean);
            global = std::max(global, mean);
          }
      EXPECT_LT(relative(value(ours, "loc_int_local_intensity_peak"), local), 1e-12);
      EXPECT_LT(relative(value(ours, "loc_int_global_intensity_peak"), global), 1e-12);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Backends, Intensities, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

/// Regions of which the standard leaves something undefined: the same columns, no NaN, and a reason.
class Degenerate : public OnBackend<std::string> {};

TEST_P(Degenerate, nullsHaveReasons) {
  const auto backend = make_backend(GetParam(), 1);
  const Config config = standard_config(every_aggregation());
  const auto drawn = [](const std::array<int, 3>& size, auto level) {
    oracle::Grid g{size, {}};
    for (int z = 0; z < size[2]; ++z)
      for (int y = 0; y < size[1]; ++y)
        for (int x = 0; x < size[0]; ++x) g.level.push_back(level(x, y, z));
    return g;
  };
  struct Case {
    const char* name;
    oracle::Grid grid;
  };
  const std::vector<Case> cases{{"one voxel", drawn({1, 1, 1}, [](int, int, int) { return 3; })},
      {"a line", drawn({6, 1, 1}, [](int x, int, int) { return 1 + x % 3; })},
      {"a line across", drawn({1, 1, 6}, [](int, int, int z) { return 1 + z % 3; })},
      {"one slice", drawn({5, 4, 1}, [](int x, int y, int) { return 1 + (x * y) % 4; })},
      {"one gray level", drawn({4, 3, 3}, [](int, int, int) { return 2; })},
      {"dust", drawn({5, 5, 5}, [](int x, int y, int z) { return x % 2 || y % 2 || z % 2 ? 0 : 1 + (x + y + z) % 3; })},
      {"two corners", drawn({3, 3, 3}, [](int x, int y, int z) {
         return x + y + z == 0 ? 1 : x + y + z == 6 ? 2 : 0;
       })}};
  std::map<std::string, Named> all;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto v = volumes_of(c.grid);
    auto& ours = all[c.name] = measure_standard(*backend, config, v.image, v.mask);
    EXPECT_EQ(ours.size(), 482u + 4);
    for (const auto& [name, feature] : ours)
      if (feature.undefined == Undefined::none) {
        EXPECT_TRUE(std::isfinite(feature.value)) << name;
      }
  }
  const auto why = [&](const std::string& region, const std::string& name) { return all[region].at(name).undefined; };
  const auto none = Undefined::none;
  EXPECT_EQ(why("one voxel", "morph_volume_mesh"), none);
  EXPECT_EQ(why("one voxel", "morph_volume_density_convex_hull"), none);
  EXPECT_EQ(why("one voxel", "morph_centre_of_mass_shift"), none);
  EXPECT_EQ(why("one voxel", "morph_volume_density_aee"), Undefined::one_voxel);
  EXPECT_EQ(why("one voxel", "morph_morans_i_index"), Undefined::one_voxel);
  EXPECT_EQ(why("one voxel", "glcm_contrast_2d_avg"), Undefined::one_voxel);
  EXPECT_EQ(why("one voxel", "gldzm_zone_percentage_3d"), none);
  EXPECT_EQ(why("one voxel", "loc_int_local_intensity_peak"), none);
  EXPECT_EQ(why("a line", "morph_flatness"), none);
  EXPECT_EQ(why("a line", "morph_volume_density_aee"), Undefined::flat);
  EXPECT_EQ(why("a line", "morph_volume_density_ombb"), none);
  EXPECT_EQ(why("a line", "morph_gearys_c_measure"), none);
  EXPECT_EQ(why("a line", "glcm_contrast_25d_mrg"), none);
  EXPECT_EQ(why("a line across", "glcm_contrast_3d_mrg"), none);
  EXPECT_EQ(why("a line across", "glcm_contrast_25d_mrg"), Undefined::no_neighbours);
  EXPECT_EQ(why("a line across", "glcm_contrast_2d_avg"), Undefined::no_neighbours);
  EXPECT_EQ(why("a line across", "ngtdm_coarseness_2d"), Undefined::no_neighbours);
  EXPECT_EQ(why("one slice", "morph_volume_density_aee"), Undefined::flat);
  EXPECT_EQ(why("one slice", "morph_area_density_mvee"), none);
  EXPECT_EQ(value(all["one slice"], "glcm_contrast_2d_mrg"), value(all["one slice"], "glcm_contrast_25d_mrg"));
  EXPECT_EQ(why("one gray level", "ih_skewness"), Undefined::one_gray_level);
  EXPECT_EQ(why("one gray level", "ih_maximum_histogram_gradient"), Undefined::one_gray_level);
  EXPECT_EQ(why("one gray level", "morph_morans_i_index"), Undefined::no_spread);
  EXPECT_EQ(why("one gray level", "ivh_volume_fraction_at_10_intensity"), Undefined::no_spread);
  EXPECT_EQ(why("one gray level", "ivh_intensity_at_10_volume"), Undefined::one_gray_level);
  EXPECT_EQ(why("one gray level", "glcm_correlation_2d_avg"), Undefined::one_gray_level);
  EXPECT_EQ(why("one gray level", "glcm_contrast_2d_avg"), none);
  EXPECT_EQ(why("dust", "glcm_joint_entropy_3d_avg"), Undefined::no_neighbours);
  EXPECT_EQ(why("dust", "ngldm_dependence_count_energy_3d"), none);
  EXPECT_EQ(why("two corners", "morph_elongation"), none);

  // A mean of zero is divided by nowhere.
  Geometry g;
  g.size = {3, 1, 1};
  const auto zero = measure_standard(*backend, config, Volume::from(g, std::vector<std::int16_t>{-5, 0, 5}),
      Volume::from(g, std::vector<std::uint8_t>{1, 1, 1}));
  EXPECT_EQ(zero.at("stat_coefficient_of_variation").undefined, Undefined::no_spread);
  EXPECT_EQ(zero.at("stat_quartile_coefficient_of_dispersion").undefined, Undefined::no_spread);
  EXPECT_EQ(zero.at("morph_centre_of_mass_shift").undefined, Undefined::no_spread);
  EXPECT_EQ(value(zero, "morph_integrated_intensity"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Backends, Degenerate, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
