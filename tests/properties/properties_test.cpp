// What a definition says must happen to each feature when axes are exchanged, the region is moved or mirrored, intensities or
// spacings are scaled. No expected number is needed.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "support/measure.hpp"

namespace radloom::test {
namespace {

using oracle::Grid;
using Values = std::map<std::string, double>;

class Properties : public OnBackend<std::string> {
 protected:
  Values measure(const Volume& image, const Volume& mask, const std::string& setting = "{}", int threads = 1) {
    Config config = pyradiomics_config(setting);
    config.settings.minimum_roi_dimensions = 1;
    const Engine engine(config, options_of(GetParam(), threads));
    const auto record = engine.extract(image, mask);
    Values values;
    if (record.status != Status::ok) {
      ADD_FAILURE() << record.error.message << (record.regions.empty() ? "" : record.regions[0].error.message);
      return values;
    }
    for (std::size_t k = 0; k < engine.run().columns.size(); ++k)
      values[engine.run().columns[k].name.substr(9)] = number(record.regions[0].values[k]);
    return values;
  }
  Values measure(const Grid& grid, const std::array<double, 3>& spacing = {1, 1, 1},
      const std::string& setting = R"({"binWidth": 1})", int threads = 1) {
    const auto v = volumes_of(grid, spacing);
    return measure(v.image, v.mask, setting, threads);
  }

  /// `to` must be `from` with factor(name) on it. MCC is the root of an eigenvalue found by rotations.
  static void expect_scaled(const Values& from, const Values& to,
      const std::function<double(const std::string&)>& factor, double tolerance = 1e-11) {
    ASSERT_EQ(from.size(), to.size());
    ASSERT_GT(from.size(), 90u);
    for (const auto& [name, value] : from) {
      const double expected = value * factor(name);
      if (std::isnan(expected) && !std::isnan(value)) continue;  // the definition says nothing of it
      EXPECT_LT(relative(to.at(name), expected, 1e-12), name == "glcm_MCC" ? 1e-7 : tolerance)
          << name << ": " << to.at(name) << ", expected " << expected;
    }
  }
};

bool starts(const std::string& name, const char* with) { return name.rfind(with, 0) == 0; }
double same(const std::string&) { return 1; }
constexpr double nothing_said = std::numeric_limits<double>::quiet_NaN();

/// The grid with its axes exchanged: axis k of the result is axis from[k] of the grid.
Grid permuted(const Grid& grid, const std::array<std::size_t, 3>& from) {
  Grid result;
  for (std::size_t k = 0; k < 3; ++k) result.size[k] = grid.size[from[k]];
  for (int z = 0; z < result.size[2]; ++z)
    for (int y = 0; y < result.size[1]; ++y)
      for (int x = 0; x < result.size[0]; ++x) {
        std::array<int, 3> at{};
        const std::array<int, 3> here{x, y, z};
        for (std::size_t k = 0; k < 3; ++k) at[from[k]] = here[k];
        result.level.push_back(grid.at(at[0], at[1], at[2]));
      }
  return result;
}

/// The mesh cuts ambiguous cubes one way or the other, so its features are compared where all corners touch through faces: a ball.
Grid ball(int radius, int levels, std::uint32_t seed) {
  const int n = 2 * radius + 3;
  Grid grid = random_grid({n, n, n}, {1.1, levels, false}, seed);
  std::size_t at = 0;
  for (int z = 0; z < n; ++z)
    for (int y = 0; y < n; ++y)
      for (int x = 0; x < n; ++x, ++at) {
        const double dx = x - radius - 1, dy = (y - radius - 1) * 1.3, dz = (z - radius - 1) * 1.7;
        if (dx * dx + dy * dy + dz * dz > radius * radius) grid.level[at] = 0;
      }
  return grid;
}

TEST_P(Properties, exchangingAxesExchangesThePlanesOfDiametersAndNothingElse) {
  const std::array<double, 3> spacing{0.7, 1.1, 1.9};
  const std::array<const char*, 3> plane{
      "shape_Maximum2DDiameterRow", "shape_Maximum2DDiameterColumn", "shape_Maximum2DDiameterSlice"};  // across x, y, z
  for (const Grid& grid : {ball(5, 6, 1), random_grid({9, 7, 5}, {0.8, 6, false}, 2)}) {
    const bool mesh = grid.size[0] == 13;
    const auto before = measure(grid, spacing);
    for (const std::array<std::size_t, 3>& from :
        {std::array<std::size_t, 3>{1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}}) {
      auto after = measure(permuted(grid, from), {spacing[from[0]], spacing[from[1]], spacing[from[2]]});
      Values expected = before;
      for (std::size_t k = 0; k < 3; ++k) expected[plane[k]] = before.at(plane[from[k]]);
      expect_scaled(expected, after, [&](const std::string& name) {
        const bool of_mesh = name == "shape_MeshVolume" || name == "shape_SurfaceArea" ||
                             name == "shape_SurfaceVolumeRatio" || name == "shape_Sphericity";
        return of_mesh && !mesh ? nothing_said : 1;
      });
    }
  }
}

TEST_P(Properties, mirroringChangesNothing) {
  const std::array<double, 3> spacing{0.7, 1.1, 1.9};
  const Grid grid = ball(5, 6, 3), rough = random_grid({9, 7, 5}, {0.8, 6, false}, 4);
  for (const Grid* one : {&grid, &rough}) {
    const auto before = measure(*one, spacing);
    for (int axis = 0; axis < 3; ++axis) {
      Grid mirrored = *one;
      std::size_t at = 0;
      for (int z = 0; z < one->size[2]; ++z)
        for (int y = 0; y < one->size[1]; ++y)
          for (int x = 0; x < one->size[0]; ++x, ++at) {
            std::array<int, 3> p{x, y, z};
            p[std::size_t(axis)] = one->size[std::size_t(axis)] - 1 - p[std::size_t(axis)];
            mirrored.level[at] = one->at(p[0], p[1], p[2]);
          }
      expect_scaled(before, measure(mirrored, spacing), [&](const std::string& name) {
        const bool of_mesh = name == "shape_MeshVolume" || name == "shape_SurfaceArea" ||
                             name == "shape_SurfaceVolumeRatio" || name == "shape_Sphericity";
        return of_mesh && one == &rough ? nothing_said : 1;
      });
    }
  }
}

TEST_P(Properties, whereTheRegionLiesDoesNotMatter) {
  const Grid grid = random_grid({9, 7, 5}, {0.8, 6, false}, 5);
  const auto before = measure(grid);
  for (const std::array<int, 3>& first : {std::array<int, 3>{0, 0, 0}, {3, 0, 1}, {61, 2, 9}, {5, 30, 0}}) {
    Grid larger{{80, 45, 17}, std::vector<int>(80 * 45 * 17, 0)};
    for (int z = 0; z < 5; ++z)
      for (int y = 0; y < 7; ++y)
        for (int x = 0; x < 9; ++x)
          larger.level[std::size_t(((z + first[2]) * 45 + y + first[1]) * 80 + x + first[0])] = grid.at(x, y, z);
    expect_scaled(before, measure(larger), same, 1e-12);
  }
}

TEST_P(Properties, whatLiesOutsideDoesNotMatter) {
  const Grid grid = random_grid({9, 7, 5}, {0.7, 6, false}, 6);
  const auto one = volumes_of(grid, {1, 1, 1}, -32768), other = volumes_of(grid, {1, 1, 1}, 32767);
  const auto a = measure(one.image, one.mask, R"({"binWidth": 1})"),
             b = measure(other.image, other.mask, R"({"binWidth": 1})");
  for (const auto& [name, value] : a) EXPECT_EQ(value, b.at(name)) << name;
}

TEST_P(Properties, originAndDirectionDoNotMatter) {
  const Grid grid = random_grid({9, 7, 5}, {0.8, 6, false}, 7);
  const auto v = volumes_of(grid, {1, 2, 3});
  const auto before = measure(v.image, v.mask, R"({"binWidth": 1, "weightingNorm": "euclidean"})");
  Geometry g = v.image.geometry();
  g.origin_mm = {-120.5, 33.25, 900};
  g.direction = {0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1};  // oblique
  const Volume image(g, v.image.type(), v.image.owner()), mask(g, v.mask.type(), v.mask.owner());
  const auto after = measure(image, mask, R"({"binWidth": 1, "weightingNorm": "euclidean"})");
  for (const auto& [name, value] : before) EXPECT_EQ(value, after.at(name)) << name;
}

TEST_P(Properties, shiftingIntensitiesByBinsLeavesTextures) {
  const Grid grid = random_grid({9, 7, 5}, {0.8, 90, false}, 8);
  const auto v = volumes_of(grid);
  const auto shifted_by = [&](double shift) {
    std::vector<double> values;
    for (const auto x : v.image.as<std::int16_t>()) values.push_back(x + shift);
    return measure(Volume::from(v.image.geometry(), std::move(values)), v.mask, R"({"binWidth": 10})");
  };
  const auto before = shifted_by(0);
  for (const double shift : {10.0, 250.0, -70.0, -1000.0}) {
    auto after = shifted_by(shift);
    Values expected = before;
    for (const char* name : {"Mean", "Median", "Minimum", "Maximum", "10Percentile", "90Percentile"})
      expected["firstorder_" + std::string(name)] += shift;
    expect_scaled(expected, after, [](const std::string& name) {
      return name == "firstorder_Energy" || name == "firstorder_TotalEnergy" || name == "firstorder_RootMeanSquared"
                 ? nothing_said
                 : 1;
    });
  }
}

TEST_P(Properties, voxelArrayShiftIsAShiftOfEnergy) {
  const Grid grid = random_grid({9, 7, 5}, {0.8, 90, false}, 9);
  const auto plain = measure(grid), shifted = measure(grid, {1, 1, 1}, R"({"binWidth": 1, "voxelArrayShift": 400})");
  const auto v = volumes_of(grid);
  std::vector<double> values;
  for (const auto x : v.image.as<std::int16_t>()) values.push_back(x + 400.0);
  const auto moved = measure(Volume::from(v.image.geometry(), std::move(values)), v.mask, R"({"binWidth": 1})");
  const std::set<std::string> energies{"firstorder_Energy", "firstorder_TotalEnergy", "firstorder_RootMeanSquared"};
  for (const auto& [name, value] : plain)
    EXPECT_LT(relative(shifted.at(name), energies.count(name) ? moved.at(name) : value), 1e-12) << name;
}

TEST_P(Properties, scalingIntensitiesAndBinsScalesIntensityFeatures) {
  const Grid grid = random_grid({9, 7, 5}, {0.8, 40, false}, 10);
  const auto v = volumes_of(grid);
  const auto scaled_by = [&](double scale, const std::string& bins) {
    std::vector<double> values;
    for (const auto x : v.image.as<std::int16_t>()) values.push_back(x * scale);
    return measure(Volume::from(v.image.geometry(), std::move(values)), v.mask, bins);
  };
  // Powers of two, so that scaling itself rounds nothing.
  const auto factor = [](double s) {
    return [s](const std::string& name) {
      if (!starts(name, "firstorder_")) return 1.0;
      const auto feature = name.substr(11);
      if (feature == "Energy" || feature == "TotalEnergy" || feature == "Variance") return s * s;
      if (feature == "Entropy" || feature == "Uniformity" || feature == "Skewness" || feature == "Kurtosis") return 1.0;
      return s;
    };
  };
  const auto width = scaled_by(1, R"({"binWidth": 2})");
  expect_scaled(width, scaled_by(4, R"({"binWidth": 8})"), factor(4));
  expect_scaled(width, scaled_by(0.125, R"({"binWidth": 0.25})"), factor(0.125));
  const auto count = scaled_by(1, R"({"binCount": 16})");
  expect_scaled(count, scaled_by(64, R"({"binCount": 16})"), factor(64));
}

TEST_P(Properties, aNegativeImageMirrorsItsDistribution) {
  const Grid grid = random_grid({9, 7, 5}, {0.8, 40, false}, 11);
  const auto v = volumes_of(grid);
  std::vector<double> values;
  for (const auto x : v.image.as<std::int16_t>()) values.push_back(-x);
  const auto a = measure(grid),
             b = measure(Volume::from(v.image.geometry(), std::move(values)), v.mask, R"({"binWidth": 1})");
  for (const char* name : {"Energy", "TotalEnergy", "RootMeanSquared", "Variance", "Kurtosis", "Range",
           "InterquartileRange", "MeanAbsoluteDeviation", "RobustMeanAbsoluteDeviation", "Entropy", "Uniformity"})
    EXPECT_LT(relative(a.at("firstorder_" + std::string(name)), b.at("firstorder_" + std::string(name))), 1e-11)
        << name;
  for (const auto& [name, other] : Values{{"Mean", 0}, {"Median", 0}, {"Skewness", 0}})
    EXPECT_LT(relative(a.at("firstorder_" + name), -b.at("firstorder_" + name), 1e-12), 1e-11) << name << other;
  for (const auto& [one, two] : std::map<std::string, std::string>{
           {"10Percentile", "90Percentile"}, {"Minimum", "Maximum"}, {"Maximum", "Minimum"}})
    EXPECT_LT(relative(a.at("firstorder_" + one), -b.at("firstorder_" + two)), 1e-11) << one;
  // Textures see the levels in reverse: what weighs levels by their number changes, what compares neighbours does not.
  for (const char* name :
      {"glcm_Contrast", "glcm_JointEntropy", "glcm_JointEnergy", "glcm_Correlation", "glcm_Idm", "glcm_ClusterTendency",
          "glcm_MaximumProbability", "glrlm_ShortRunEmphasis", "glrlm_LongRunEmphasis", "glrlm_RunEntropy",
          "glrlm_GrayLevelVariance", "glszm_ZonePercentage", "glszm_SizeZoneNonUniformity", "gldm_DependenceEntropy",
          "gldm_GrayLevelVariance", "ngtdm_Coarseness", "ngtdm_Contrast", "ngtdm_Complexity", "ngtdm_Strength"})
    EXPECT_LT(relative(a.at(name), b.at(name)), 1e-11) << name;
  EXPECT_LT(relative(a.at("glcm_ClusterShade"), -b.at("glcm_ClusterShade")), 1e-9);
}

TEST_P(Properties, scalingTheSpacingScalesLengths) {
  for (const Grid& grid : {ball(5, 6, 12), random_grid({9, 7, 5}, {0.8, 6, false}, 13)}) {
    const auto before = measure(grid, {0.5, 0.75, 1.25});
    for (const double s : {2.0, 0.25}) {
      const auto after = measure(grid, {0.5 * s, 0.75 * s, 1.25 * s});
      expect_scaled(before, after, [s](const std::string& name) {
        if (name == "firstorder_TotalEnergy" || name == "shape_VoxelVolume" || name == "shape_MeshVolume")
          return s * s * s;
        if (name == "shape_SurfaceArea") return s * s;
        if (name == "shape_SurfaceVolumeRatio") return 1 / s;
        if (name == "shape_Elongation" || name == "shape_Flatness" || name == "shape_Sphericity") return 1.0;
        return starts(name, "shape_") ? s : 1.0;
      });
    }
  }
}

TEST_P(Properties, theTypeOfTheVoxelsDoesNotMatter) {
  const Grid grid = random_grid({9, 7, 5}, {0.8, 100, false}, 14);
  const auto v = volumes_of(grid, {1, 1, 1}, 0);
  const auto before = measure(v.image, v.mask, R"({"binWidth": 5})");
  const auto as = [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> values;
    for (const auto x : v.image.as<std::int16_t>()) values.push_back(T(x));
    std::vector<T> labels;
    for (const auto x : v.mask.as<std::uint8_t>()) labels.push_back(T(x));
    return measure(Volume::from(v.image.geometry(), std::move(values)),
        Volume::from(v.image.geometry(), std::move(labels)), R"({"binWidth": 5})");
  };
  for (const auto& after : {as(std::int8_t{}), as(std::uint8_t{}), as(std::uint16_t{}), as(std::int32_t{}),
           as(std::uint32_t{}), as(float{}), as(double{})})
    for (const auto& [name, value] : before) EXPECT_LT(relative(value, after.at(name)), 1e-13) << name;
}

TEST_P(Properties, threadsAndRepetitionGiveTheSameBits) {
  for (const Grid& grid :
      {random_grid({9, 7, 5}, {0.8, 6, false}, 15), random_grid({80, 60, 40}, {0.9, 20, true}, 16)}) {
    const auto once = measure(grid, {0.7, 0.8, 0.9}), again = measure(grid, {0.7, 0.8, 0.9});
    const auto two = measure(grid, {0.7, 0.8, 0.9}, R"({"binWidth": 1})", 2);
    for (const auto& [name, value] : once) {
      EXPECT_EQ(value, again.at(name)) << name << ", a second time";
      EXPECT_EQ(value, two.at(name)) << name << ", with two threads";
    }
  }
}

/// Labels of one mask: each as if it were alone, whatever its number, and a union as if it were one.
TEST_P(Properties, labelsAreRegionsOfTheirOwn) {
  const Grid grid = random_grid({16, 9, 7}, {0.9, 8, false}, 17);
  const auto v = volumes_of(grid);
  const auto label_of = [](std::size_t k) { return std::uint8_t(k % 16 < 5 ? 9 : k % 16 < 11 ? 2 : 4); };
  std::vector<std::uint8_t> labels;
  std::map<std::int64_t, std::vector<std::uint8_t>> alone;
  for (std::size_t k = 0; k < grid.level.size(); ++k) {
    labels.push_back(grid.level[k] ? label_of(k) : 0);
    for (const int label : {2, 4, 9}) alone[label].push_back(grid.level[k] && label_of(k) == label);
    alone[2 + 4].push_back(grid.level[k] && label_of(k) != 9);
  }
  const Volume mask = Volume::from(v.image.geometry(), std::move(labels));
  const auto run = [&](const Volume& m, const std::string& label) {
    Config config = pyradiomics_config(R"({"binWidth": 1})");
    config.settings.label = LabelSelection::parse(label);
    return Engine(config, options_of(GetParam(), 2)).extract(v.image, m);
  };
  const auto every = run(mask, "all");
  ASSERT_EQ(every.regions.size(), 3u);
  std::set<std::string> seen;
  for (const auto& region : every.regions) {
    seen.insert(region.label);
    const auto single =
        run(Volume::from(v.image.geometry(), std::vector<std::uint8_t>(alone.at(std::stoll(region.label)))), "1");
    ASSERT_EQ(single.status, Status::ok);
    EXPECT_EQ(region.voxels, single.regions.at(0).voxels);
    EXPECT_EQ(region.bounding_box, single.regions[0].bounding_box);
    for (std::size_t k = 0; k < region.values.size(); ++k)
      EXPECT_EQ(region.values[k].value, single.regions[0].values[k].value) << region.label << " column " << k;
  }
  EXPECT_EQ(seen, (std::set<std::string>{"2", "4", "9"}));
  const auto merged = run(mask, "2+4"), other_order = run(mask, "4+2");
  const auto as_one = run(Volume::from(v.image.geometry(), std::vector<std::uint8_t>(alone.at(6))), "1");
  ASSERT_EQ(merged.status, Status::ok);
  ASSERT_EQ(merged.regions.size(), 1u);
  for (std::size_t k = 0; k < as_one.regions[0].values.size(); ++k) {
    EXPECT_EQ(merged.regions[0].values[k].value, as_one.regions[0].values[k].value) << "column " << k;
    EXPECT_EQ(other_order.regions.at(0).values[k].value, as_one.regions[0].values[k].value) << "column " << k;
  }
}

/// PyRadiomics refuses a mask without a zero; a region that is the whole image is a region all the same.
TEST_P(Properties, aRegionMayFillTheImage) {
  const Grid grid = random_grid({7, 6, 5}, {1.1, 6, false}, 18);
  Grid padded{{8, 7, 6}, std::vector<int>(8 * 7 * 6, 0)};
  for (int z = 0; z < 5; ++z)
    for (int y = 0; y < 6; ++y)
      for (int x = 0; x < 7; ++x) padded.level[std::size_t((z * 7 + y) * 8 + x)] = grid.at(x, y, z);
  expect_scaled(measure(padded), measure(grid), same, 1e-12);
}

TEST_P(Properties, boundsOfNormalisedFeatures) {
  std::uint32_t seed = 30;
  for (const int levels : {1, 2, 5, 60})
    for (const bool smooth : {false, true}) {
      const auto v = measure(random_grid({9, 7, 5}, {0.8, levels, smooth}, seed++));
      for (const char* name : {"glcm_JointEnergy", "glcm_MaximumProbability", "glcm_Id", "glcm_Idm", "glcm_Idn",
               "glcm_Idmn", "glcm_Imc2", "glcm_MCC", "glrlm_RunPercentage", "glrlm_ShortRunEmphasis",
               "glrlm_RunLengthNonUniformityNormalized", "glszm_ZonePercentage", "glszm_SmallAreaEmphasis",
               "gldm_SmallDependenceEmphasis", "gldm_DependenceNonUniformityNormalized", "firstorder_Uniformity",
               "shape_Elongation", "shape_Flatness"}) {
        EXPECT_GE(v.at(name), 0) << name;
        EXPECT_LE(v.at(name), 1 + 1e-9) << name;
      }
      EXPECT_LE(std::abs(v.at("glcm_Correlation")), 1 + 1e-9);
      EXPECT_LE(v.at("glcm_Imc1"), 1e-9);
      EXPECT_GE(v.at("glcm_Imc1"), -1 - 1e-9);
      EXPECT_LE(v.at("firstorder_Minimum"), v.at("firstorder_10Percentile"));
      EXPECT_LE(v.at("firstorder_10Percentile"), v.at("firstorder_Median"));
      EXPECT_LE(v.at("firstorder_Median"), v.at("firstorder_90Percentile"));
      EXPECT_LE(v.at("firstorder_90Percentile"), v.at("firstorder_Maximum"));
      EXPECT_LT(relative(v.at("glcm_SumAverage"), 2 * v.at("glcm_JointAverage")), 1e-12);
      EXPECT_LT(
          relative(v.at("glcm_ClusterTendency"), 4 * v.at("glcm_SumSquares") - v.at("glcm_Contrast"), 1e-9), 1e-9);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Backends, Properties, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
