// Maps against the engine, which measures every neighbourhood as a region of its own, and what a call makes of its case.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "maps/formula_case.hpp"
#include "maps/measure.hpp"
#include "radloom/engine.hpp"
#include "radloom/map.hpp"
#include "support/backends.hpp"

namespace radloom::test {
namespace {

using Json = nlohmann::ordered_json;
using Maps = std::map<std::string, Volume>;

/// The usual volume of generate.py, cut to intensities 1 to 9.
FormulaCase small_case() {
  auto made = formula_case(Json::parse(
      R"({"size": [9, 8, 7], "spacing": [1, 1.5, 2], "type": "int16", "noise": 23, "ball": [4, 4, 3, 9]})"));
  std::vector<std::int16_t> levels;
  for (const auto v : made.image.as<std::int16_t>()) levels.push_back(std::int16_t(1 + v % 9));
  made.image = Volume::from(made.image.geometry(), std::move(levels));
  return made;
}

Config config_of(const std::string& text) { return parse_config(text, "test"); }

Maps maps_of(const Config& config, const FormulaCase& c, int threads = 2, const std::string& device = "cpu") {
  Maps maps;
  map_features(config, options_of(device, threads), c.image, c.mask, {[&](FeatureMap m) {
    EXPECT_EQ(m.problem, "");
    EXPECT_TRUE(maps.emplace(m.name, m.volume).second) << m.name;
  }});
  return maps;
}

ErrorCode refusal(
    const Config& config, const FormulaCase& c, const std::string& device = "cpu", std::stop_token stop = {}) {
  try {
    map_features(config, {device, 1, nullptr}, c.image, c.mask, {[](const FeatureMap&) {}}, stop);
  } catch (const Error& e) {
    return e.code();
  }
  ADD_FAILURE() << "not refused";
  return ErrorCode::internal;
}

const std::string families = "families: {stat: , glcm: , glrlm: , glszm: , ngldm: , ngtdm: }\n";

using Place = std::array<std::int64_t, 3>;

/// The mask of a voxel and what lies around it.
Volume around(const Place& voxel, const Volume& mask, bool flat, bool masked, int radius = 1) {
  const auto inside = mask.as<std::uint8_t>();
  const auto& size = mask.geometry().size;
  const auto [x, y, z] = voxel;
  std::vector<std::uint8_t> out(inside.size());
  const int across = flat ? 0 : radius;
  for (std::int64_t w = z - across; w <= z + across; ++w)
    for (std::int64_t v = y - radius; v <= y + radius; ++v)
      for (std::int64_t u = x - radius; u <= x + radius; ++u) {
        if (u < 0 || v < 0 || w < 0 || u >= size[0] || v >= size[1] || w >= size[2]) continue;
        const auto at = std::size_t((w * size[1] + v) * size[0] + u);
        out[at] = masked ? inside[at] : 1;
      }
  return Volume::from(mask.geometry(), std::move(out));
}

/// What a map, which is cropped, holds for a voxel of the image.
double value_at(const Place& voxel, const Volume& map, const Volume& image) {
  const auto first = image.geometry().to_index(map.geometry().origin_mm);
  const auto& size = map.geometry().size;
  return map.as<double>()[std::size_t(
      ((voxel[2] - std::llround(first[2])) * size[1] + voxel[1] - std::llround(first[1])) * size[0] + voxel[0] -
      std::llround(first[0]))];
}

/// What divides by the number of levels of the region, which a neighbourhood need not reach.
bool is_normalised(const std::string& name) {
  return name.find("normali") != std::string::npos && name.find("inverse_difference") != std::string::npos;
}

// Levels are those of the whole region: re-segmentation's range holds them fast for a neighbourhood too.
class MapsOfTheStandard : public OnBackend<std::string> {};
INSTANTIATE_TEST_SUITE_P(Maps, MapsOfTheStandard, testing::ValuesIn(backends_of_whole_cases()));

TEST_P(MapsOfTheStandard, AreTheFeaturesOfNeighbourhoodsAsRegions) {
  const FormulaCase c = small_case();
  for (const bool flat : {false, true})
    for (const bool masked : {true, false}) {
      const std::string text =
          "convention: ibsi\n" + families +
          "settings: {bin_width: 1, resegment_range: [1, 9], force_2d: " + (flat ? "true" : "false") +
          ", masked_kernel: " + (masked ? "true" : "false") + "}\n";
      const Config config = config_of(text);
      const Maps maps = maps_of(config, c, 2, GetParam());
      const Engine engine(config, {"cpu", 1, nullptr});
      ASSERT_EQ(maps.size(), engine.run().columns.size());
      const auto inside = c.mask.as<std::uint8_t>();
      const auto& size = c.mask.geometry().size;
      int voxel = 0, compared = 0;
      for (std::int64_t z = 0; z < size[2]; ++z)
        for (std::int64_t y = 0; y < size[1]; ++y)
          for (std::int64_t x = 0; x < size[0]; ++x) {
            if (!inside[std::size_t((z * size[1] + y) * size[0] + x)] || voxel++ % 9) continue;
            const auto record = engine.extract(c.image, around({x, y, z}, c.mask, flat, masked));
            ASSERT_EQ(record.status, Status::ok) << record.error.message;
            for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
              const auto& column = engine.run().columns[k];
              if (is_normalised(column.name)) continue;
              const double ours = value_at({x, y, z}, maps.at(column.name), c.image);
              const auto& value = record.regions[0].values[k];
              if (value.undefined != Undefined::none) {
                EXPECT_TRUE(std::isnan(ours)) << column.name << ": " << ours;
              } else {
                EXPECT_NEAR(ours, value.value, 1e-11 * std::max(1.0, std::abs(value.value))) << column.name;
                ++compared;
              }
            }
          }
      EXPECT_GT(compared, 400);
    }
}

/// What the engine measures on, placed in a grid: 0 where it has nothing.
Volume measured_on(const std::string& name, const std::string& text, const Volume& image, const Volume& mask,
    const std::string& device, const Geometry* grid = nullptr) {
  Volume found;
  EngineOptions options = options_of(device, 2);
  options.volumes = [&](const MeasuredVolume& v) {
    if (v.name == name) found = v.volume;
  };
  const auto record = Engine(config_of(text), options).extract(image, mask);
  EXPECT_EQ(record.status, Status::ok) << text << record.error.message;
  if (!grid) return found;
  const auto first = grid->to_index(found.geometry().origin_mm);
  const auto inside = found.as<std::uint8_t>();
  const auto &from = found.geometry().size, &to = grid->size;
  std::vector<std::uint8_t> out(std::size_t(grid->voxels()));
  for (std::int64_t z = 0, i = 0; z < from[2]; ++z)
    for (std::int64_t y = 0; y < from[1]; ++y)
      for (std::int64_t x = 0; x < from[0]; ++x, ++i)
        out[std::size_t(((z + std::llround(first[2])) * to[1] + y + std::llround(first[1])) * to[0] + x +
                        std::llround(first[0]))] = inside[std::size_t(i)];
  return Volume::from(*grid, std::move(out));
}

// Interpolated on the way, or before: the engine's own interpolated image, all of it, and its mask, mapped as they are.
TEST_P(MapsOfTheStandard, LieOnTheInterpolatedGrid) {
  const FormulaCase c = formula_case(Json::parse(
      R"({"size": [14, 12, 9], "spacing": [1, 1.5, 2], "type": "int16", "noise": 23, "ball": [6, 5, 4, 12]})"));
  const Volume everywhere = Volume::from(
      c.mask.geometry(), std::vector<std::uint8_t>(std::size_t(c.mask.geometry().voxels()), std::uint8_t(1)));
  bool emulated = false;
  for (const char* processing : {"resampled_spacing_mm: [1.3, 1.3, 1.3], interpolator: linear",
           "resampled_spacing_mm: [2, 2, 0], interpolator: bspline, antialias: 0.7, round_intensities: true",
           "resampled_spacing_mm: [0.8, 2, 2.5], interpolator: linear, normalize: true, normalize_scale: 100"})
    for (const char* how : {"bin_count: 8", "bin_count: 8, masked_kernel: false", "bin_count: 6, kernel_radius: 2"}) {
      if (GetParam() == "simt" && std::exchange(emulated, true)) continue;  // which takes its time
      const std::string types =
          "image_types: {Original: , Mean: , Wavelet: {wavelet: haar}}\nfamilies: {stat: , ngldm: }\n";
      const std::string start = "convention: ibsi\n" + types + "settings: {";
      const std::string text = start + how + ", " + processing + "}\n";
      const Volume image = measured_on("original", text, c.image, everywhere, GetParam());
      const Geometry& grid = image.geometry();
      ASSERT_NE(grid.size, c.image.geometry().size);
      const Volume mask = measured_on("mask", text, c.image, c.mask, GetParam(), &grid);
      const Maps maps = maps_of(config_of(text), c, 2, GetParam());
      const Maps expected = maps_of(config_of(start + how + "}\n"), {image, mask}, 2, GetParam());
      ASSERT_FALSE(maps.empty());
      ASSERT_EQ(maps.size(), expected.size());
      for (const auto& [name, map] : maps) {
        const Volume& other = expected.at(name);
        ASSERT_EQ(map.geometry().size, other.geometry().size) << name;
        for (int d = 0; d < 3; ++d)
          EXPECT_NEAR(map.geometry().origin_mm[d], other.geometry().origin_mm[d], 1e-9) << name;
        EXPECT_EQ(map.geometry().spacing_mm, grid.spacing_mm) << name;
        const auto a = map.as<double>(), b = other.as<double>();
        std::int64_t numbers = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
          ASSERT_EQ(std::isnan(a[i]), std::isnan(b[i])) << name << " of " << text;
          if (std::isnan(a[i])) continue;
          ++numbers;
          ASSERT_EQ(a[i], b[i]) << name << " of " << text;
        }
        EXPECT_GT(numbers, 0) << name;
      }
    }
}

// Neighbourhoods are measured 64 at a time, in words as narrow as their levels and sizes allow.
TEST(Maps, AreTheSameInBlocksOfAnyLengthAndWordsOfAnyWidth) {
  Geometry grid;
  grid.size = {7, 6, 5};
  for (const int highest : {5, 60, 90, 5000})
    for (const std::size_t voxels : {2, 63, 64, 65}) {
      std::vector<std::int16_t> levels;
      std::vector<std::uint8_t> inside;
      for (int i = 0; i < 7 * 6 * 5; ++i) {
        levels.push_back(std::int16_t(i % 4 == 0 ? 1 + i * 7919 % 101 * highest / 101 : highest - i / 30 % 2));
        inside.push_back(std::size_t(i) < voxels);
      }
      const FormulaCase c{Volume::from(grid, std::move(levels)), Volume::from(grid, std::move(inside))};
      const Config config = config_of(
          "convention: ibsi\nfamilies: {glrlm: , glszm: , ngldm: }\nsettings: {bin_width: 1, "
          "masked_kernel: false, minimum_roi_dimensions: 1, resegment_range: [1, " +
          std::to_string(highest) + "]}\n");
      const Maps maps = maps_of(config, c, 1);
      const Engine engine(config, {"cpu", 1, nullptr});
      for (const std::size_t voxel : {std::size_t(0), voxels / 2, voxels - 1}) {
        const Place at{std::int64_t(voxel % 7), std::int64_t(voxel / 7 % 6), std::int64_t(voxel / 42)};
        const auto record = engine.extract(c.image, around(at, c.mask, false, false));
        ASSERT_EQ(record.status, Status::ok) << record.error.message;
        for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
          const auto& name = engine.run().columns[k].name;
          const double expected = record.regions[0].values[k].value;
          EXPECT_NEAR(value_at(at, maps.at(name), c.image), expected, 1e-11 * std::max(1.0, std::abs(expected)))
              << name << " of " << voxels << " voxels with levels up to " << highest;
        }
      }
    }
}

// exp(-length^2) of a step of 28 mm or more is 0: such a direction has pairs and no weight.
TEST(Maps, LeaveOutDirectionsWhoseWeightIsZero) {
  FormulaCase c = small_case();
  const Config config = config_of(
      "convention: pyradiomics\nfamilies: {glcm: }\nsettings: {bin_width: 1, weighting_norm: euclidean, init_value: nan}\n");
  const Engine engine(config, {"cpu", 1, nullptr});
  for (const double across : {1.5, 30.0}) {
    Geometry grid = c.image.geometry();
    grid.spacing_mm = {across, across, 30};
    const auto levels = c.image.as<std::int16_t>();
    const auto inside = c.mask.as<std::uint8_t>();
    c = {Volume::from(grid, std::vector<std::int16_t>(levels.begin(), levels.end())),
        Volume::from(grid, std::vector<std::uint8_t>(inside.begin(), inside.end()))};
    const Maps maps = maps_of(config, c);
    if (across == 30) {
      for (const auto& [name, map] : maps)
        for (const double value : map.as<double>()) EXPECT_TRUE(std::isnan(value)) << name << ": " << value;
      continue;
    }
    for (const Place& voxel : {Place{4, 4, 3}, Place{3, 5, 2}, Place{2, 4, 3}}) {
      const auto record = engine.extract(c.image, around(voxel, c.mask, false, true));
      ASSERT_EQ(record.status, Status::ok) << record.error.message;
      for (const char* feature : {"Contrast", "JointEntropy", "MCC", "Imc1", "ClusterShade"}) {
        const std::string name = std::string("original_glcm_") + feature;
        const auto& columns = engine.run().columns;
        const auto at =
            std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; });
        ASSERT_NE(at, columns.end());
        const double expected = record.regions[0].values[std::size_t(at - columns.begin())].value;
        EXPECT_NEAR(value_at(voxel, maps.at(name), c.image), expected, 1e-11 * std::max(1.0, std::abs(expected)))
            << name;
      }
    }
  }
}

/// Every map of some voxels against the engine on their neighbourhoods.
void expect_features_of_neighbourhoods(const Config& config, const FormulaCase& c, const std::vector<Place>& voxels) {
  const Maps maps = maps_of(config, c);
  const Engine engine(config, {"cpu", 1, nullptr});
  for (const Place& voxel : voxels) {
    const auto record = engine.extract(c.image, around(voxel, c.mask, false, true, config.settings.kernel_radius));
    ASSERT_EQ(record.status, Status::ok) << record.error.message;
    for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
      const auto& name = engine.run().columns[k].name;
      if (is_normalised(name)) continue;
      const auto& value = record.regions[0].values[k];
      const double ours = value_at(voxel, maps.at(name), c.image);
      if (value.undefined != Undefined::none) EXPECT_TRUE(std::isnan(ours)) << name << ": " << ours;
      else EXPECT_NEAR(ours, value.value, 1e-11 * std::max(1.0, std::abs(value.value))) << name;
    }
  }
}

// Kernels too wide for counting side by side, and gray levels that need two bytes.
TEST(Maps, AreRightForWideKernelsAndManyGrayLevels) {
  FormulaCase c = small_case();
  const std::vector<Place> voxels{{4, 4, 3}, {3, 5, 2}, {2, 4, 3}};
  for (const int radius : {1, 2, 3, 4}) {
    SCOPED_TRACE(radius);
    std::vector<std::int16_t> levels(c.image.as<std::int16_t>().begin(), c.image.as<std::int16_t>().end());
    for (auto& v : levels) v = std::int16_t(radius % 2 ? v : 40 * v - 39);
    const FormulaCase scaled{Volume::from(c.image.geometry(), std::move(levels)), c.mask};
    const Config config = config_of(
        "convention: ibsi\n" + families +
        "settings: {bin_width: 1, resegment_range: [1, 400], kernel_radius: " + std::to_string(radius) + "}\n");
    expect_features_of_neighbourhoods(config, scaled, voxels);
  }
}

// Levels 13 apart instead of 1 leave what is alike alike: entropies and MCC stay the same bits, in whatever integers they were counted.
TEST(Maps, OfWhatIsAlikeDoNotDependOnTheSizeOfGrayLevels) {
  const FormulaCase c = small_case();
  std::vector<std::int16_t> levels(c.image.as<std::int16_t>().begin(), c.image.as<std::int16_t>().end());
  for (auto& v : levels) v = std::int16_t(13 * v + 60);
  const FormulaCase apart{Volume::from(c.image.geometry(), std::move(levels)), c.mask};
  const Config config = config_of(
      "convention: pyradiomics\nsettings: {bin_width: 1}\nfamilies: {firstorder: [Entropy, Uniformity], glcm: [JointEntropy, "
      "JointEnergy, SumEntropy, DifferenceEntropy, MaximumProbability, Imc1, Imc2, MCC], glrlm: [RunEntropy, RunPercentage, RunVariance], "
      "glszm: [ZoneEntropy, ZonePercentage, ZoneVariance], gldm: [DependenceEntropy, DependenceVariance]}\n");
  const Maps near = maps_of(config, c), far = maps_of(config, apart);
  ASSERT_EQ(near.size(), 18u);
  for (const auto& [name, map] : near) {
    const auto a = map.as<double>(), b = far.at(name).as<double>();
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size_bytes()), 0) << name;
  }
}

// A region of one gray level has an MCC of 1 everywhere, as PyRadiomics has it: also of a voxel without a pair, where nothing else is defined.
TEST(Maps, HaveAnMccOfOneWhereTheRegionHasOneGrayLevel) {
  Geometry grid;
  grid.size = {7, 3, 3};
  std::vector<std::uint8_t> inside(63);
  inside[28] = inside[29] = inside[33] = 1;  // x = 0, 1 and, alone, 5 of the row in the middle
  const FormulaCase c{Volume::from(grid, std::vector<std::int16_t>(63, 5)), Volume::from(grid, std::move(inside))};
  for (const std::string symmetrical : {"true", "false"}) {
    const Maps maps =
        maps_of(config_of("convention: pyradiomics\nfamilies: {glcm: [MCC, Contrast]}\n"
                          "settings: {bin_width: 1, init_value: nan, minimum_roi_dimensions: 1, symmetrical_glcm: " +
                          symmetrical + "}\n"),
            c);
    for (const std::int64_t x : {0, 1, 5}) {
      EXPECT_EQ(value_at({x, 1, 1}, maps.at("original_glcm_MCC"), c.image), 1) << x;
      EXPECT_EQ(std::isnan(value_at({x, 1, 1}, maps.at("original_glcm_Contrast"), c.image)), x == 5) << x;
    }
  }
}

// Neighbourhoods are measured many at once: which ones share a block, and where a block ends, cannot be seen.
TEST(Maps, OfAVoxelDoNotDependOnWhichOthersAreAskedFor) {
  const FormulaCase c = small_case();
  const Config config =
      config_of("convention: pyradiomics\nsettings: {bin_width: 1, masked_kernel: false, init_value: nan}\n");
  const Maps all = maps_of(config, c);
  ASSERT_EQ(all.size(), 93u);
  const auto inside = c.mask.as<std::uint8_t>();
  for (const std::size_t left : {1, 2, 63, 64, 65}) {  // the first and the last voxel stay, so that the crop does
    FormulaCase some = c;
    std::vector<std::uint8_t> fewer(inside.size());
    const auto voxels = std::size_t(std::count(inside.begin(), inside.end(), 1));
    for (std::size_t i = 0, k = 0; i < inside.size(); ++i)
      if (inside[i]) fewer[i] = left == 1 ? k % 3 != 1 : k < left - 1 || k + 1 == voxels, ++k;
    some.mask = Volume::from(c.mask.geometry(), std::move(fewer));
    const Maps these = maps_of(config, some);
    const auto kept = some.mask.as<std::uint8_t>();
    const auto& size = c.mask.geometry().size;
    for (const auto& [name, map] : these)
      for (std::int64_t z = 0, i = 0; z < size[2]; ++z)
        for (std::int64_t y = 0; y < size[1]; ++y)
          for (std::int64_t x = 0; x < size[0]; ++x, ++i) {
            if (!kept[std::size_t(i)]) continue;
            const double a = value_at({x, y, z}, map, c.image), b = value_at({x, y, z}, all.at(name), c.image);
            EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0) << name << ": " << a << " and " << b;
          }
  }
}

TEST(Maps, DoNotDependOnThreads) {
  const FormulaCase c = small_case();
  const Config config = config_of("convention: pyradiomics\nsettings: {bin_width: 1, kernel_radius: 2}\n");
  const Maps one = maps_of(config, c, 1), two = maps_of(config, c, 2);
  ASSERT_EQ(one.size(), 93u);
  for (const auto& [name, map] : one) {
    const auto a = map.as<double>(), b = two.at(name).as<double>();
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size_bytes()), 0) << name;
  }
}

TEST(Maps, HoldInitValueOutsideTheRegionAndCoverTheRegionAndItsSurroundings) {
  const FormulaCase c = small_case();
  for (const auto& [setting, outside] :
      {std::pair("", 0.0), std::pair(", init_value: -3.5", -3.5), std::pair(", init_value: nan", std::nan(""))}) {
    const Maps maps =
        maps_of(config_of("convention: pyradiomics\nfamilies: {firstorder: [Mean]}\nsettings: {bin_width: 1" +
                          std::string(setting) + "}\n"),
            c);
    const Volume& map = maps.at("original_firstorder_Mean");
    std::size_t inside = 0;
    for (const double v : map.as<double>()) (std::isnan(outside) ? !std::isnan(v) : v != outside) ? ++inside : 0;
    std::size_t voxels = 0;
    for (const auto v : c.mask.as<std::uint8_t>()) voxels += v;
    EXPECT_EQ(inside, voxels);
    EXPECT_EQ(map.geometry().size, (std::array<std::int64_t, 3>{9, 8, 7}));
  }
}

TEST(Maps, AreMadeOfEveryRegionThatCanBeMapped) {
  FormulaCase c = small_case();
  std::vector<std::uint8_t> labels(c.mask.as<std::uint8_t>().begin(), c.mask.as<std::uint8_t>().end());
  labels.front() = 4;  // a single voxel
  labels.back() = labels[labels.size() - 2] = 9;
  c.mask = Volume::from(c.mask.geometry(), std::move(labels));
  const Config config = config_of(
      "convention: pyradiomics\nfamilies: {gldm: , shape: }\nsettings: {bin_width: 1, label: all, minimum_roi_dimensions: 1}\n");
  std::map<std::string, int> made;
  std::string problem;
  MapProgress last;
  map_features(config, {"cpu", 2, nullptr}, c.image, c.mask,
      {[&](const FeatureMap& m) {
         if (m.problem.empty()) ++made[m.label];
         else problem += m.label + ": " + m.problem;
       },
          [&](const MapProgress& p) {
            EXPECT_GE(p.done, last.done);
            last = p;
          }});
  EXPECT_EQ(made, (std::map<std::string, int>{{"1", 14}, {"9", 14}}));
  EXPECT_EQ(problem, "4: label 4 is a single voxel, which has no features");
  EXPECT_GT(last.total, 0);
  EXPECT_EQ(last.done, last.total);
}

TEST(Maps, SayWhatTheyCannotDo) {
  const FormulaCase c = small_case();
  EXPECT_EQ(refusal(config_of("convention: pyradiomics\nfamilies: [shape]\n"), c), ErrorCode::config_invalid);
  const Config config = config_of("convention: pyradiomics\nfamilies: [gldm]\n");
  EXPECT_EQ(refusal(config, c, "cuda:99"), ErrorCode::device_unavailable);
  EXPECT_EQ(refusal(config, c, "gpu"), ErrorCode::usage);
  FormulaCase elsewhere = c;
  Geometry moved = c.mask.geometry();
  moved.origin_mm[0] += 40;
  elsewhere.mask = Volume(moved, ScalarType::uint8, c.mask.owner());
  EXPECT_EQ(refusal(config, elsewhere), ErrorCode::geometry_mismatch);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(refusal(config, c, "cpu", stop.get_token()), ErrorCode::interrupted);
}

}  // namespace
}  // namespace radloom::test
