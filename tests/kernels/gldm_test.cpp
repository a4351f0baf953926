// Dependences and gray tone differences counted by the kernels on the emulated device, against the cpu's and against their definitions;
// features likewise.
#include <bit>

#include "families/common/neighbourhood.hpp"
#include "families/gldm/formulas.hpp"
#include "families/ngtdm/formulas.hpp"
#include "kernels/gldm/stage.hpp"
#include "kernels/size_matrix_case.hpp"

namespace radloom::test::gldm_kernels {
namespace {

struct Outcome {
  std::vector<Matrices> matrices;
  std::vector<std::vector<double>> dependence, difference;
  std::int64_t launches = 0;
};

Outcome measured(const std::vector<SmallRegion>& regions, const Settings& settings, Convention convention,
    std::uint64_t seed, bool wanted = true) {
  simt::DeviceOptions options;
  options.seed = seed;
  simt::Device device(options);
  Outcome out;
  {
    const StageCase<simt::Device> batch(device, regions, settings, convention, wanting(Family::gldm), true);
    const auto input = batch.input();
    FeatureRoom<simt::Device> dependence(input, wanted ? feature::gldm::count : 0),
        difference(input, wanted ? feature::ngtdm::count : 0);
    const auto before = device.statistics();
    gldm::Stage<simt::Device> stage(input, {dependence.span(), {}}, {difference.span(), {}});
    EXPECT_EQ(device.statistics().synchronisations, before.synchronisations) << "the stage waits";
    out.launches = device.statistics().launches - before.launches;
    out.matrices.resize(regions.size());
    stage.collect(out.matrices);
    if (wanted) {
      out.dependence = dependence.values();
      out.difference = difference.values();
    }
  }
  device.finish();
  return out;
}

/// The features of the differences, level by level as the standard writes them.
std::vector<double> of_differences(
    const Neighbourhoods& counted, const std::vector<int>& gray_levels, bool pyradiomics) {
  std::vector<double> level, voxels, difference, out(feature::ngtdm::count);
  for (std::size_t i = 0; i < gray_levels.size(); ++i) {
    level.push_back(gray_levels[i]);
    voxels.push_back(double(counted.ngtdm_count[i] - (pyradiomics ? 0 : counted.alone[i])));
    difference.push_back(0);
    for (std::size_t k = 1; k < counted.ngtdm_difference[i].size(); ++k)
      difference.back() += double(counted.ngtdm_difference[i][k]) / double(k);
  }
  ngtdm::compute(SerialTeam{}, ngtdm::View{level.data(), voxels.data(), difference.data(), std::int64_t(level.size())},
      pyradiomics, out.data());
  return out;
}

void check(
    const std::vector<SmallRegion>& regions, const Settings& settings, Convention convention, std::uint64_t seed) {
  const bool pyradiomics = convention == Convention::pyradiomics;
  const auto ours = measured(regions, settings, convention, seed);
  EXPECT_LE(ours.launches, 5);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const SmallRegion& r = regions[i];
    SCOPED_TRACE(testing::Message() << "region " << i << ": " << r.grid.size[0] << " x " << r.grid.size[1] << " x "
                                    << r.grid.size[2] << ", seed " << seed
                                    << (pyradiomics ? ", pyradiomics" : ", ibsi"));
    const auto levels = discretised(r, settings);
    const auto reached = neighbourhood_distances(settings, convention);
    const auto counted = count_neighbourhoods(levels, neighbours(reached, settings, false), settings.gldm_a);
    expect_same_cells(ours.matrices[i].gldm, counted.gldm);
    EXPECT_EQ(ours.matrices[i].ngtdm_count, counted.ngtdm_count);
    EXPECT_EQ(ours.matrices[i].ngtdm_difference, counted.ngtdm_difference);
    SizeMatrix m;
    m.add(counted.gldm, 1);
    std::vector<double> expected(feature::gldm::count);
    gldm::compute(SerialTeam{}, m.view(), pyradiomics ? 0x1p-52 : 0.0, expected.data());
    expect_close(ours.dependence[i], expected, Family::gldm, 1e-12);
    expect_close(ours.difference[i], of_differences(counted, levels.gray_levels, pyradiomics), Family::ngtdm, 1e-12);
    if (!pyradiomics) continue;
    const auto defined =
        oracle::matrices(r.grid, {reached, settings.force_2d, settings.force_2d_dimension}, settings.gldm_a, false);
    expect_same_cells(ours.matrices[i].gldm, defined.gldm);
    expect_close(ours.dependence[i], by_index(oracle::gldm(defined), Family::gldm), Family::gldm, 1e-9);
    expect_close(ours.difference[i], by_index(oracle::ngtdm(defined), Family::ngtdm), Family::ngtdm, 1e-9);
  }
}

/// Regions of several tiles, of one level (every word is the same), of more levels than shared memory holds.
std::vector<SmallRegion> large() {
  std::vector<SmallRegion> out;
  out.emplace_back(of_one_level({33, 32, 31}, 1));
  out.emplace_back(of_one_level({24, 23, 22}, 70));
  out.emplace_back(random_grid({30, 29, 28}, {0.95, 20, true}, 1));
  out.emplace_back(random_grid({26, 25, 24}, {0.95, 400, false}, 2));
  out.emplace_back(random_grid({26, 25, 24}, {0.95, 9000, false}, 3));
  return out;
}

TEST(DependenceKernels, equalTheCpuAndTheDefinition) {
  for (const std::uint32_t seed : {1u, 2u})
    for (const Convention convention : {Convention::pyradiomics, Convention::ibsi})
      check(textures(seed), {}, convention, seed);
}

TEST(DependenceKernels, manyTiles) {
  check(large(), {}, Convention::pyradiomics, 1);
  check(large(), {}, Convention::ibsi, 2);
}

TEST(DependenceKernels, alpha) {
  for (const int alpha : {1, 2, 100}) {
    Settings s;
    s.gldm_a = alpha;
    check(textures(3), s, Convention::pyradiomics, std::uint64_t(alpha));
  }
}

TEST(DependenceKernels, inPlanes) {
  for (int dimension = 0; dimension < 3; ++dimension) {
    Settings s;
    s.force_2d = true;
    s.force_2d_dimension = dimension;
    check(textures(4), s, Convention::pyradiomics, 3);
    check(textures(5), s, Convention::ibsi, 4);
  }
}

TEST(DependenceKernels, furtherNeighbours) {
  Settings s;
  s.distances = {1, 3};  // 245 neighbours, the standard's 342
  check(textures(6), s, Convention::pyradiomics, 6);
  check(textures(6), s, Convention::ibsi, 7);
}

TEST(DependenceKernels, whatSharesTheBatchCannotBeSeen) {
  auto regions = textures(7);
  for (auto& r : large()) regions.push_back(std::move(r));
  const auto all = measured(regions, {}, Convention::ibsi, 1);
  const std::vector<SmallRegion> turned(regions.rbegin(), regions.rend());
  const auto other = measured(turned, {}, Convention::ibsi, 99);
  EXPECT_EQ(all.launches, other.launches);
  const auto bits = [](const std::vector<double>& v) {
    std::vector<std::uint64_t> out;
    for (const double d : v) out.push_back(std::bit_cast<std::uint64_t>(d));
    return out;
  };
  for (std::size_t k = 0; k < turned.size(); ++k) {
    const std::size_t at = turned.size() - 1 - k;
    EXPECT_EQ(bits(other.dependence[k]), bits(all.dependence[at])) << "region " << at;
    EXPECT_EQ(bits(other.difference[k]), bits(all.difference[at])) << "region " << at;
    EXPECT_EQ(other.matrices[k].ngtdm_difference, all.matrices[at].ngtdm_difference) << "region " << at;
    expect_same_cells(other.matrices[k].gldm, all.matrices[at].gldm);
  }
}

TEST(DependenceKernels, onlyWhatIsWanted) {
  const auto regions = textures(8);
  const auto none = measured(regions, {}, Convention::ibsi, 1, false);
  const auto all = measured(regions, {}, Convention::ibsi, 1);
  EXPECT_EQ(none.launches, 2);
  for (std::size_t i = 0; i < regions.size(); ++i) expect_same_cells(none.matrices[i].gldm, all.matrices[i].gldm);
}

TEST(DependenceKernels, nothingToDo) { EXPECT_EQ(measured({}, {}, Convention::ibsi, 1).launches, 0); }

}  // namespace
}  // namespace radloom::test::gldm_kernels
