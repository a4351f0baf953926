// Distance zones of random regions against their definition: distances by breadth-first search, zones by flood filling.
#include "families/standard.hpp"
#include "support/distance_zones.hpp"

namespace radloom::test {
namespace {

using oracle::distances;
using oracle::Grid;
using oracle::Zone;
using oracle::zones;

/// The sixteen features from the list of zones, by the words of the standard's names.
std::map<std::string, double> features_of(const std::vector<Zone>& zones, double voxels) {
  const double n = double(zones.size());
  std::map<std::string, double> f;
  std::map<int, double> by_level, by_distance;
  std::map<std::pair<int, int>, double> both;
  double mean_level = 0, mean_distance = 0;
  for (const auto& z : zones) {
    const double i2 = double(z.level) * z.level, d2 = double(z.distance) * z.distance;
    f["small_distance_emphasis"] += 1 / d2 / n;
    f["large_distance_emphasis"] += d2 / n;
    f["low_grey_level_emphasis"] += 1 / i2 / n;
    f["high_grey_level_emphasis"] += i2 / n;
    f["small_distance_low_grey_level_emphasis"] += 1 / (i2 * d2) / n;
    f["small_distance_high_grey_level_emphasis"] += i2 / d2 / n;
    f["large_distance_low_grey_level_emphasis"] += d2 / i2 / n;
    f["large_distance_high_grey_level_emphasis"] += i2 * d2 / n;
    ++by_level[z.level];
    ++by_distance[z.distance];
    ++both[{z.level, z.distance}];
    mean_level += z.level / n;
    mean_distance += z.distance / n;
  }
  for (const auto& z : zones) {
    f["grey_level_variance"] += (z.level - mean_level) * (z.level - mean_level) / n;
    f["zone_distance_variance"] += (z.distance - mean_distance) * (z.distance - mean_distance) / n;
  }
  for (const auto& [level, count] : by_level) f["grey_level_non_uniformity"] += count * count / n;
  for (const auto& [distance, count] : by_distance) f["zone_distance_non_uniformity"] += count * count / n;
  f["normalised_grey_level_non_uniformity"] = f["grey_level_non_uniformity"] / n;
  f["normalised_zone_distance_non_uniformity"] = f["zone_distance_non_uniformity"] / n;
  f["zone_percentage"] = n / voxels;
  for (const auto& [key, count] : both) f["zone_distance_entropy"] -= count / n * std::log2(count / n);
  return f;
}

Grid part(const Grid& grid, int axis, int index) {
  Grid out = grid;
  for (int z = 0, i = 0; z < grid.size[2]; ++z)
    for (int y = 0; y < grid.size[1]; ++y)
      for (int x = 0; x < grid.size[0]; ++x, ++i)
        if ((axis == 0 ? x : axis == 1 ? y : z) != index) out.level[std::size_t(i)] = 0;
  return out;
}

class DistanceZones : public OnBackend<std::string> {};

TEST_P(DistanceZones, equalTheDefinition) {
  const auto backend = make_backend(GetParam(), 2);
  std::uint32_t seed = 500;
  for (const auto& size : {std::array<int, 3>{9, 8, 7}, {12, 11, 1}, {1, 9, 10}, {20, 3, 4}, {7, 7, 7}})
    for (const double filled : {0.6, 0.97}) {
      // The body has holes of its own; re-segmentation takes more voxels out.
      const Grid body = random_grid(size, {filled, 3, true}, ++seed), kept = random_grid(size, {0.9, 2, false}, ++seed);
      Grid levels = body;
      for (std::size_t i = 0; i < levels.level.size(); ++i)
        if (!kept.level[i]) levels.level[i] = 0;
      if (std::all_of(levels.level.begin(), levels.level.end(), [](int l) { return l == 0; })) continue;
      const auto whole = volumes_of(body), left = volumes_of(levels);
      const Grid counted = counted_from_one(levels);
      for (const int dimension : {0, 1, 2}) {
        const int axis = 2 - dimension;
        Config config = standard_config({"2d_avg", "25d_avg", "3d_avg"});
        config.settings.force_2d_dimension = dimension;
        const auto ours = measure_standard(*backend, config, left.image, left.mask, {.morphological_mask = whole.mask});
        const auto count = [](const Grid& g) {
          return double(std::count_if(g.level.begin(), g.level.end(), [](int l) { return l != 0; }));
        };
        const auto in_slices = distances(body, axis);
        std::map<std::string, double> mean;
        double slices = 0;
        for (int i = 0; i < size[std::size_t(axis)]; ++i) {
          const Grid slice = part(counted, axis, i);
          if (count(slice) == 0) continue;
          ++slices;
          for (const auto& [name, v] : features_of(zones(slice, in_slices, axis), count(slice))) mean[name] += v;
        }
        for (auto& [name, v] : mean) v /= slices;
        const auto merged = features_of(zones(counted, in_slices, axis), count(counted));
        const auto volume = features_of(zones(counted, distances(body, -1), -1), count(counted));
        ASSERT_EQ(volume.size(), 16u);
        for (const auto& [name, v] : volume) {
          EXPECT_LT(relative(value(ours, "gldzm_" + name + "_3d"), v, 1e-12), 1e-11) << name;
          EXPECT_LT(relative(value(ours, "gldzm_" + name + "_25d"), merged.at(name), 1e-12), 1e-11) << name;
          EXPECT_LT(relative(value(ours, "gldzm_" + name + "_2d"), mean.at(name), 1e-12), 1e-11) << name;
        }
      }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Backends, DistanceZones, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
