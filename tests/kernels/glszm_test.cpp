// Zones found by the kernels on the emulated device, against the cpu's and against their definition; features likewise.
#include <numeric>
#include <random>

#include "families/glszm/count.hpp"
#include "families/glszm/formulas.hpp"
#include "kernels/glszm/stage.hpp"
#include "kernels/size_matrix_case.hpp"

namespace radloom::test::glszm_kernels {
namespace {

constexpr auto family = Family::glszm;

struct Outcome {
  std::vector<Matrices> matrices;
  std::vector<std::vector<double>> features;
  std::int64_t launches = 0;
};

Outcome measured(const std::vector<SmallRegion>& regions, const Settings& settings, Convention convention,
    std::uint64_t seed, bool wanted = true) {
  simt::DeviceOptions options;
  options.seed = seed;
  simt::Device device(options);
  Outcome out;
  {
    const StageCase<simt::Device> batch(device, regions, settings, convention, wanting(family), true);
    const auto input = batch.input();
    FeatureRoom<simt::Device> room(input, wanted ? feature::glszm::count : 0);
    const auto before = device.statistics();
    glszm::Stage<simt::Device> stage(input, glszm::Forest<simt::Device>(input), {room.span(), {}});
    EXPECT_EQ(device.statistics().synchronisations, before.synchronisations) << "the stage waits";
    out.launches = device.statistics().launches - before.launches;
    out.matrices.resize(regions.size());
    stage.collect(out.matrices);
    if (wanted) out.features = room.values();
  }
  device.finish();
  return out;
}

void check(
    const std::vector<SmallRegion>& regions, const Settings& settings, Convention convention, std::uint64_t seed) {
  const bool pyradiomics = convention == Convention::pyradiomics;
  const auto ours = measured(regions, settings, convention, seed);
  EXPECT_LE(ours.launches, 7);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const SmallRegion& r = regions[i];
    SCOPED_TRACE(testing::Message() << "region " << i << ": " << r.grid.size[0] << " x " << r.grid.size[1] << " x "
                                    << r.grid.size[2] << ", seed " << seed
                                    << (pyradiomics ? ", pyradiomics" : ", ibsi"));
    const auto zones = glszm::count_zones(discretised(r, settings), settings);
    expect_same_cells(ours.matrices[i].glszm, zones);
    SizeMatrix m;
    m.add(zones, 1);
    std::vector<double> expected(feature::glszm::count);
    glszm::compute(SerialTeam{}, m.view(), pyradiomics ? 0x1p-52 : 0.0, expected.data());
    expect_close(ours.features[i], expected, family, 1e-12);
    if (!pyradiomics) continue;
    const auto defined = oracle::matrices(r.grid, {{1}, settings.force_2d, settings.force_2d_dimension}, 0, false);
    expect_same_cells(ours.matrices[i].glszm, defined.glszm);
    expect_close(ours.features[i], by_index(oracle::glszm(defined), family), family, 1e-9);
  }
}

/// Zones that are hard to join: those that meet late, in many places, or at corners alone.
std::vector<SmallRegion> mazes(std::uint32_t seed) {
  std::vector<SmallRegion> out;
  const auto add = [&](oracle::Grid g) { out.emplace_back(std::move(g)); };
  // A path back and forth through every second row, of every second slice.
  add(drawn_levels({15, 11, 7}, [](int x, int y, int z) {
    if (z % 2) return x == (z % 4 == 1 ? 14 : 0) && y == (z % 4 == 1 ? 10 : 0) ? 2 : 1;
    return y % 2 == 0 || x == (y % 4 == 1 ? 14 : 0) ? 2 : 1;
  }));
  // Combs from both sides, joined at the last row only.
  add(drawn_levels({33, 20, 2}, [](int x, int y, int) { return x % 2 == 0 || y == 19 ? 1 : x % 4 == 1 ? 2 : 3; }));
  // Columns along z and along y, one voxel wide: chains of parents.
  add(drawn_levels({12, 2, 40}, [](int x, int, int) { return 1 + x % 2; }));
  add(drawn_levels({12, 40, 1}, [](int x, int, int) { return 1 + x % 3; }));
  // Corners alone: in space of (x, y, z), in planes of (x, y); joined only by what comes last.
  add(drawn_levels({13, 13, 13}, [](int x, int y, int z) { return 1 + (x % 2 == y % 2 && y % 2 == z % 2); }));
  add(drawn_levels({16, 16, 16}, [](int x, int y, int z) { return (x + y + z) % 2; }));
  // Every diagonal step by itself.
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx)
      add(drawn_levels({20, 20, 9}, [=](int x, int y, int z) { return x - dx * z == 10 && y - dy * z == 10 ? 1 : 0; }));
  // Two levels near percolation: zones large and frayed.
  add(random_grid({20, 20, 20}, {0.5, 1, false}, seed));
  add(random_grid({20, 20, 20}, {0.12, 1, false}, seed + 1));
  add(random_grid({36, 30, 4}, {1, 2, false}, seed + 2));
  // A shell around a core around a shell.
  add(drawn_levels({15, 15, 15}, [](int x, int y, int z) {
    return 1 + std::max({std::abs(x - 7), std::abs(y - 7), std::abs(z - 7)}) / 2 % 2;
  }));
  return out;
}

/// Rows longer than a warp's stretch, regions of several tiles, more zones in a tile than a block keeps, equal large zones.
std::vector<SmallRegion> large() {
  std::vector<SmallRegion> out;
  out.emplace_back(of_one_level({2500, 3, 3}, 1));
  out.emplace_back(drawn_levels({9000, 2, 1}, [](int x, int y, int) { return x % 4001 == 4000 ? 0 : 1 + y; }));
  out.emplace_back(random_grid({26, 25, 24}, {0.95, 300, false}, 1));
  out.emplace_back(random_grid({26, 25, 24}, {0.95, 3, true}, 2));
  out.emplace_back(
      drawn_levels({27, 26, 25}, [](int x, int y, int z) {  // equal cubes of 64 to 125 voxels, three levels
        if (x % 6 == 5 || y % 6 == 5 || z % 6 == 5) return 0;
        return 1 + (x / 6 + y / 6 + z / 6) % 3;
      }));
  for (const int n : {62, 63, 64, 65}) out.emplace_back(of_one_level({n, 1, 1}, 4));  // where the dense table ends
  return out;
}

TEST(ZoneKernels, equalTheCpuAndTheDefinition) {
  for (const std::uint32_t seed : {1u, 2u})
    for (const Convention convention : {Convention::pyradiomics, Convention::ibsi})
      check(textures(seed), {}, convention, seed);
}

TEST(ZoneKernels, mazes) {
  for (const std::uint32_t seed : {1u, 2u, 3u, 4u}) check(mazes(seed), {}, Convention::pyradiomics, seed);
}

TEST(ZoneKernels, longRowsAndManyTiles) {
  check(large(), {}, Convention::pyradiomics, 1);
  check(large(), {}, Convention::ibsi, 2);
}

TEST(ZoneKernels, inPlanes) {
  for (int dimension = 0; dimension < 3; ++dimension) {
    Settings s;
    s.force_2d = true;
    s.force_2d_dimension = dimension;
    check(textures(3), s, Convention::pyradiomics, 3);
    check(mazes(5), s, Convention::pyradiomics, 4);
    check(large(), s, Convention::ibsi, 5);
  }
}

TEST(ZoneKernels, neighboursFurtherAwayDoNotMatter) {
  Settings s;
  s.distances = {2, 3};  // the levels are padded more
  check(textures(6), s, Convention::pyradiomics, 6);
}

TEST(ZoneKernels, whatSharesTheBatchCannotBeSeen) {
  auto regions = textures(7);
  for (auto& r : large()) regions.push_back(std::move(r));
  const auto all = measured(regions, {}, Convention::ibsi, 1);
  std::vector<SmallRegion> turned(regions.rbegin(), regions.rend());
  const auto other = measured(turned, {}, Convention::ibsi, 99);
  EXPECT_EQ(all.launches, other.launches);
  const auto bits = [](const std::vector<double>& v) {
    std::vector<std::uint64_t> out;
    for (const double d : v) out.push_back(std::bit_cast<std::uint64_t>(d));
    return out;
  };
  for (std::size_t k = 0; k < turned.size(); ++k) {
    const std::size_t at = turned.size() - 1 - k;
    EXPECT_EQ(bits(other.features[k]), bits(all.features[at])) << "region " << at;
    expect_same_cells(other.matrices[k].glszm, all.matrices[at].glszm);
    if (k % 5) continue;
    const auto alone = measured({turned[k]}, {}, Convention::ibsi, 5);
    EXPECT_EQ(alone.launches, all.launches);
    EXPECT_EQ(bits(alone.features[0]), bits(other.features[k])) << "region " << at;
  }
}

TEST(ZoneKernels, onlyWhatIsWanted) {
  const auto regions = mazes(9);
  const auto none = measured(regions, {}, Convention::ibsi, 1, false);
  const auto all = measured(regions, {}, Convention::ibsi, 1);
  EXPECT_EQ(none.launches, 5);
  for (std::size_t i = 0; i < regions.size(); ++i) expect_same_cells(none.matrices[i].glszm, all.matrices[i].glszm);
}

TEST(ZoneKernels, nothingToDo) { EXPECT_EQ(measured({}, {}, Convention::ibsi, 1).launches, 0); }

}  // namespace
}  // namespace radloom::test::glszm_kernels
