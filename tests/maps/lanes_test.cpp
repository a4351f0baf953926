// Maps of first-order features and gray tone differences where what is measured side by side could show: at the ends of blocks, in neighbourhoods of
// different sizes, with gray levels and kernels that need wider integers. Against the engine, which measures a neighbourhood as a region.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>

#include "radloom/engine.hpp"
#include "radloom/map.hpp"

namespace radloom::test {
namespace {

struct Case {
  int voxels, density, highest, radius;  ///< density: per cent of a box that are of the region
  bool flat = false;
};

/// With the histogram's entropy, which PyRadiomics counts to the family; else with gray tone differences.
class MapsInLanes : public testing::TestWithParam<std::tuple<Case, bool>> {};

TEST_P(MapsInLanes, AreTheFeaturesOfNeighbourhoodsAsRegions) {
  const auto& [c, entropy] = GetParam();
  const auto [voxels, density, highest, radius, flat] = c;
  Geometry grid;
  grid.size = {9, 8, 7};
  std::mt19937 random(7);
  std::vector<std::int32_t> values;
  std::vector<std::uint8_t> inside;
  int left = voxels;
  for (std::int64_t i = 0; i < grid.voxels(); ++i) {
    const unsigned levels = random() % 2 ? 3 : unsigned(highest);  // half of them from few, so that some are met again
    values.push_back(std::int32_t(highest - random() % levels));
    const bool takes = left > 0 && int(random() % 100) < density;
    inside.push_back(takes);
    left -= takes;
  }
  ASSERT_EQ(left, 0);
  const Volume image = Volume::from(grid, std::move(values)), mask = Volume::from(grid, std::move(inside));
  const Config config = parse_config(
      std::string(entropy ? "convention: pyradiomics\nfamilies: {firstorder: }\n"
                          : "convention: ibsi\nfamilies: {stat: , ngtdm: }\n") +
          "settings: {bin_width: 1, maximum_gray_levels: 65535, minimum_roi_dimensions: 1, resegment_range: [1, " +
          std::to_string(highest) + "], kernel_radius: " + std::to_string(radius) +
          ", force_2d: " + (flat ? "true" : "false") + "}\n",
      "test");
  std::map<std::string, Volume> maps;
  map_features(config, {"cpu", 2, nullptr}, image, mask, {[&](FeatureMap m) {
    EXPECT_EQ(m.problem, "");
    maps.emplace(m.name, m.volume);
  }});
  const Engine engine(config, {"cpu", 1, nullptr});
  ASSERT_EQ(maps.size(), engine.run().columns.size());

  int voxel = 0, compared = 0;
  const auto region = mask.as<std::uint8_t>();
  for (std::int64_t i = 0; i < grid.voxels(); ++i) {
    if (!region[std::size_t(i)]) continue;
    // Both ends of every block, and some between.
    const int lane = voxel++ % 64;
    if (lane != 0 && lane != 63 && voxel != voxels && lane % 7 != 3) continue;
    const std::int64_t at[] = {i % grid.size[0], i / grid.size[0] % grid.size[1], i / (grid.size[0] * grid.size[1])};
    std::vector<std::uint8_t> around(region.size());
    for (std::int64_t k = 0; k < grid.voxels(); ++k) {
      const std::int64_t of[] = {k % grid.size[0], k / grid.size[0] % grid.size[1], k / (grid.size[0] * grid.size[1])};
      const bool near = std::abs(of[0] - at[0]) <= radius && std::abs(of[1] - at[1]) <= radius &&
                        std::abs(of[2] - at[2]) <= (flat ? 0 : radius);
      around[std::size_t(k)] = near && region[std::size_t(k)];
    }
    if (std::count(around.begin(), around.end(), 1) < 2) continue;  // which is no region
    const auto record = engine.extract(image, Volume::from(grid, std::move(around)));
    ASSERT_EQ(record.status, Status::ok) << record.error.message;
    for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
      const std::string& name = engine.run().columns[k].name;
      const Volume& map = maps.at(name);
      const auto first = image.geometry().to_index(map.geometry().origin_mm);
      const auto& size = map.geometry().size;
      const double ours = map.as<double>()[std::size_t(
          ((at[2] - std::llround(first[2])) * size[1] + at[1] - std::llround(first[1])) * size[0] + at[0] -
          std::llround(first[0]))];
      const auto& value = record.regions[0].values[k];
      if (value.undefined != Undefined::none) {
        EXPECT_TRUE(std::isnan(ours)) << name << " of voxel " << voxel << ": " << ours;
      } else {
        EXPECT_NEAR(ours, value.value, 1e-11 * std::max(1.0, std::abs(value.value))) << name << " of voxel " << voxel;
        ++compared;
      }
    }
  }
  EXPECT_EQ(voxel, voxels);
  EXPECT_GT(compared, 20);
}

// Sums of 26 neighbours fit in 16 bits up to level 1,260, levels by themselves up to 32,767. In the sparse ones voxels are without neighbours.
INSTANTIATE_TEST_SUITE_P(Maps, MapsInLanes,
    testing::Combine(testing::Values(Case{2, 100, 9, 1}, Case{63, 100, 9, 1}, Case{64, 60, 9, 1}, Case{65, 60, 200, 1},
                         Case{300, 100, 1260, 1}, Case{300, 100, 3000, 1}, Case{66, 100, 40'000, 1},
                         Case{66, 20, 60, 1, true}, Case{66, 20, 60, 2}, Case{130, 60, 60, 2}, Case{70, 80, 60, 4}),
        testing::Bool()),
    [](const auto& run) {
      const Case& c = std::get<0>(run.param);
      const bool entropy = std::get<1>(run.param);
      return std::to_string(c.voxels) + "_voxels_" + std::to_string(c.highest) + "_levels_radius_" +
             std::to_string(c.radius) + (c.flat ? "_flat" : "") + (entropy ? "_entropy" : "_differences");
    });

}  // namespace
}  // namespace radloom::test
