// Distance zones found by the kernels on the emulated device, against the cpu's and against their definition; features likewise.
#include <map>
#include <random>

#include "families/gldzm/count.hpp"
#include "families/gldzm/formulas.hpp"
#include "kernels/gldzm/stage.hpp"
#include "kernels/size_matrix_case.hpp"
#include "support/distance_zones.hpp"

namespace radloom::test::gldzm_kernels {
namespace {

constexpr auto family = Family::gldzm;

struct Outcome {
  std::vector<std::vector<Matrices::Cell>> cells;
  std::vector<std::vector<double>> features;
  std::int64_t launches = 0;
};

Outcome measured(
    const std::vector<SmallRegion>& regions, const Settings& settings, std::uint64_t seed, bool wanted = true) {
  simt::DeviceOptions options;
  options.seed = seed;
  simt::Device device(options);
  Outcome out;
  {
    const StageCase<simt::Device> batch(device, regions, settings, Convention::ibsi, wanting(family));
    const auto input = batch.input();
    FeatureRoom<simt::Device> room(input, wanted ? feature::gldzm::count : 0);
    const auto before = device.statistics();
    const gldzm::Stage<simt::Device> stage(input, glszm::Forest<simt::Device>(input), {room.span(), {}});
    EXPECT_EQ(device.statistics().synchronisations, before.synchronisations) << "the stage waits";
    out.launches = device.statistics().launches - before.launches;
    out.cells = stage.collect();
    if (wanted) out.features = room.values();
  }
  device.finish();
  return out;
}

void check(const std::vector<SmallRegion>& regions, const Settings& settings, std::uint64_t seed) {
  const int flat = settings.force_2d ? 2 - settings.force_2d_dimension : -1;
  const auto ours = measured(regions, settings, seed);
  EXPECT_EQ(ours.launches, flat <= 0 ? 10 : 9);  // nothing to look for along y or z in planes across
  ASSERT_EQ(ours.cells.size(), regions.size());
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const SmallRegion& r = regions[i];
    SCOPED_TRACE(testing::Message() << "region " << i << ": " << r.grid.size[0] << " x " << r.grid.size[1] << " x "
                                    << r.grid.size[2] << ", seed " << seed << ", flat " << flat);
    const auto levels = discretised(r, settings);
    const auto cells = gldzm::count_zones(levels, settings, gldzm::border_distances(r.body_mask(), flat));
    expect_same_cells(ours.cells[i], cells);

    std::map<std::pair<int, int>, std::uint64_t> counted;
    const auto distance = oracle::distances(r.body.level.empty() ? r.grid : r.body, flat);
    for (const auto& zone : oracle::zones(r.grid, distance, flat)) ++counted[{zone.level, zone.distance}];
    std::vector<Matrices::Cell> defined;
    for (const auto& [key, n] : counted) defined.push_back({key.first, key.second, n});
    expect_same_cells(ours.cells[i], defined);

    SizeMatrix m;
    m.add(cells, 1);
    std::uint64_t voxels = 0;
    for (const auto n : levels.voxels) voxels += n;
    std::vector<double> expected(feature::gldzm::count);
    gldzm::compute(SerialTeam{}, m.view(), double(voxels), expected.data());
    expect_close(ours.features[i], expected, family, 1e-12);
  }
}

/// The regions, of which all but each third lie in a body of more voxels, with holes of its own.
std::vector<SmallRegion> embodied(std::vector<SmallRegion> regions, std::uint32_t seed) {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (i % 3 == 0) continue;
    auto& r = regions[i];
    r.body = random_grid(r.grid.size, {i % 3 == 1 ? 0.97 : 0.7, 1, false}, seed + std::uint32_t(i));
    for (std::size_t v = 0; v < r.body.level.size(); ++v)
      if (r.grid.level[v]) r.body.level[v] = 1;
  }
  return regions;
}

/// Zones far from every border, and rows and columns of these lengths: longer than a warp, a tile and what a thread reads ahead.
std::vector<SmallRegion> deep(const std::vector<int>& lengths) {
  std::vector<SmallRegion> out;
  const auto add = [&](oracle::Grid g, oracle::Grid body = {}) {
    out.emplace_back(std::move(g));
    out.back().body = std::move(body);
  };
  add(of_one_level({21, 22, 23}, 2));
  add(drawn_levels({21, 22, 23}, [](int x, int y, int z) { return 1 + std::min({x, y, z, 20 - x, 21 - y, 22 - z}); }));
  // One voxel, further from the border than its level has voxels.
  add(drawn_levels({17, 17, 17}, [](int x, int y, int z) { return x == 8 && y == 8 && z == 8 ? 3 : 0; }),
      of_one_level({17, 17, 17}, 1));
  // The way out is along one axis alone, which is not the shortest of the box.
  for (int axis = 0; axis < 3; ++axis)
    add(drawn_levels({19, 18, 17}, [=](int x, int y, int z) { return (axis == 0 ? x : axis == 1 ? y : z) != 14; }));
  for (const int n : lengths) {
    add(of_one_level({n, 9, 9}, 1));
    add(drawn_levels({n, 2, 3}, [=](int x, int, int) { return x == n / 3 ? 0 : 1 + x % 2; }));
    add(drawn_levels({3, n, 5}, [=](int, int y, int) { return y == n / 3 ? 0 : 1 + y / 40; }));
    add(drawn_levels({5, 3, n}, [=](int x, int, int z) { return z % 50 == 49 ? 0 : 1 + (x == 2); }));
  }
  // One zone of several tiles whose nearest voxel is in the last.
  add(drawn_levels({34, 33, 32}, [](int x, int y, int z) { return x > 1 && y > 1 && z > 1 ? 1 : 0; }),
      of_one_level({34, 33, 32}, 1));
  add(random_grid({26, 25, 24}, {1, 2, false}, 5));
  return out;
}

TEST(DistanceZoneKernels, equalTheCpuAndTheDefinition) {
  for (const std::uint32_t seed : {1u, 2u}) check(embodied(textures(seed), 10 * seed), {}, seed);
}

TEST(DistanceZoneKernels, farFromTheBorder) {
  check(deep({31, 32, 33, 64, 65, 200}), {}, 3);
  check({of_one_level({140000, 1, 1}, 1)}, {}, 4);  // further than 16 bits hold along x, where that is not the way
}

TEST(DistanceZoneKernels, inPlanes) {
  for (int dimension = 0; dimension < 3; ++dimension) {
    Settings s;
    s.force_2d = true;
    s.force_2d_dimension = dimension;
    check(embodied(textures(3), 7), s, 3);
    check(deep({33}), s, 5);
  }
}

TEST(DistanceZoneKernels, paddingDoesNotMatter) {
  Settings s;
  s.distances = {2, 3};
  check(embodied(textures(6), 8), s, 6);
}

TEST(DistanceZoneKernels, whatSharesTheBatchCannotBeSeen) {
  auto regions = embodied(textures(7), 9);
  for (auto& r : deep({33, 65})) regions.push_back(std::move(r));
  const auto all = measured(regions, {}, 1);
  std::vector<SmallRegion> turned(regions.rbegin(), regions.rend());
  const auto other = measured(turned, {}, 99);
  EXPECT_EQ(all.launches, other.launches);
  const auto bits = [](const std::vector<double>& v) {
    std::vector<std::uint64_t> out;
    for (const double d : v) out.push_back(std::bit_cast<std::uint64_t>(d));
    return out;
  };
  for (std::size_t k = 0; k < turned.size(); ++k) {
    const std::size_t at = turned.size() - 1 - k;
    EXPECT_EQ(bits(other.features[k]), bits(all.features[at])) << "region " << at;
    expect_same_cells(other.cells[k], all.cells[at]);
    if (k % 5) continue;
    const auto alone = measured({turned[k]}, {}, 5);
    EXPECT_EQ(alone.launches, all.launches);
    EXPECT_EQ(bits(alone.features[0]), bits(other.features[k])) << "region " << at;
  }
}

TEST(DistanceZoneKernels, onlyWhatIsWanted) {
  const auto regions = embodied(textures(9), 3);
  const auto none = measured(regions, {}, 1, false);
  const auto all = measured(regions, {}, 1);
  EXPECT_EQ(none.launches, 8);
  for (std::size_t i = 0; i < regions.size(); ++i) expect_same_cells(none.cells[i], all.cells[i]);
}

TEST(DistanceZoneKernels, nothingToDo) { EXPECT_EQ(measured({}, {}, 1).launches, 0); }

}  // namespace
}  // namespace radloom::test::gldzm_kernels
