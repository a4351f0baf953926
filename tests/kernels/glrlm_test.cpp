// Runs counted by the kernels on the emulated device, against the cpu's and against their definition; features likewise.
#include <numeric>

#include "families/common/direction_features.hpp"
#include "families/glrlm/count.hpp"
#include "families/glrlm/formulas.hpp"
#include "kernels/glrlm/stage.hpp"
#include "kernels/size_matrix_case.hpp"

namespace radloom::test::glrlm_kernels {
namespace {

constexpr auto family = Family::glrlm;

struct Outcome {
  std::vector<Matrices> matrices;
  std::vector<std::vector<double>> averaged, merged;
  std::int64_t launches = 0;
};

Outcome measured(const std::vector<SmallRegion>& regions, const Settings& settings, Convention convention,
    std::uint64_t seed, bool averaged = true, bool merged = true) {
  simt::DeviceOptions options;
  options.seed = seed;
  simt::Device device(options);
  Outcome out;
  {
    const StageCase<simt::Device> batch(device, regions, settings, convention, wanting(family, averaged, merged), true);
    const auto input = batch.input();
    FeatureRoom<simt::Device> mean(input, averaged ? feature::glrlm::count : 0),
        sum(input, merged ? feature::glrlm::count : 0);
    const auto before = device.statistics();
    glrlm::Stage<simt::Device> stage(input, {mean.span(), sum.span()});
    EXPECT_EQ(device.statistics().synchronisations, before.synchronisations) << "the stage waits";
    out.launches = device.statistics().launches - before.launches;
    out.matrices.resize(regions.size());
    stage.collect(out.matrices);
    if (averaged) out.averaged = mean.values();
    if (merged) out.merged = sum.values();
  }
  device.finish();
  return out;
}

std::vector<double> features_of(SizeMatrix& m, double epsilon) {
  std::vector<double> out;
  if (m.empty()) return out;
  out.resize(feature::glrlm::count);
  glrlm::compute(SerialTeam{}, m.view(), epsilon, out.data());
  return out;
}

oracle::Neighbours neighbours_of(const Settings& s) { return {{1}, s.force_2d, s.force_2d_dimension}; }

oracle::Norm norm_of(WeightingNorm norm) {
  switch (norm) {
    case WeightingNorm::infinity: return oracle::Norm::infinity;
    case WeightingNorm::euclidean: return oracle::Norm::euclidean;
    case WeightingNorm::manhattan: return oracle::Norm::manhattan;
    default: return oracle::Norm::no_weighting;
  }
}

void check(
    const std::vector<SmallRegion>& regions, const Settings& settings, Convention convention, std::uint64_t seed) {
  const bool pyradiomics = convention == Convention::pyradiomics;
  const auto ours = measured(regions, settings, convention, seed);
  EXPECT_LE(ours.launches, 6);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const SmallRegion& r = regions[i];
    SCOPED_TRACE(testing::Message() << "region " << i << ": " << r.grid.size[0] << " x " << r.grid.size[1] << " x "
                                    << r.grid.size[2] << ", seed " << seed
                                    << (pyradiomics ? ", pyradiomics" : ", ibsi"));
    // The cpu's, as measure.cpp has them.
    const auto offsets = neighbours({1}, settings, true);
    const auto runs = glrlm::count_runs(discretised(r, settings), offsets, pyradiomics);
    ASSERT_EQ(ours.matrices[i].glrlm_offsets, offsets);
    ASSERT_EQ(ours.matrices[i].glrlm.size(), runs.size());
    SizeMatrix all;
    std::vector<std::vector<double>> each;
    const double epsilon = pyradiomics ? 0x1p-52 : 0.0;
    for (std::size_t d = 0; d < runs.size(); ++d) {
      SCOPED_TRACE(d);
      expect_same_cells(ours.matrices[i].glrlm[d], runs[d]);
      SizeMatrix one;
      one.add(runs[d], 1);
      each.push_back(features_of(one, epsilon));
      all.add(runs[d],
          step_length(offsets[d], r.spacing_mm, pyradiomics ? settings.weighting_norm : WeightingNorm::no_weighting));
    }
    expect_close(ours.averaged[i], mean_over_directions(each, feature::glrlm::count), family, 1e-12);
    expect_close(
        ours.merged[i], mean_over_directions({features_of(all, epsilon)}, feature::glrlm::count), family, 1e-12);
    if (!pyradiomics) continue;
    // The definition.
    const auto defined = oracle::matrices(r.grid, neighbours_of(settings), 0, false);
    Matrices mine;
    mine.gray_levels = defined.gray_levels;
    mine.glrlm_offsets = ours.matrices[i].glrlm_offsets;
    mine.glrlm = ours.matrices[i].glrlm;
    Matrices expected;
    expected.gray_levels = defined.gray_levels;
    expected.glrlm_offsets = defined.glrlm_offsets;
    expected.glrlm = defined.glrlm;
    expect_same_matrices(mine, expected);
    const bool empty = std::all_of(runs.begin(), runs.end(), [](const auto& cells) { return cells.empty(); });
    if (empty) continue;  // no number to compare: those above are NaN
    expect_close(ours.averaged[i], by_index(oracle::glrlm(defined, oracle::Norm::per_direction, r.spacing_mm), family),
        family, 1e-9);
    expect_close(ours.merged[i],
        by_index(oracle::glrlm(defined, norm_of(settings.weighting_norm), r.spacing_mm), family), family, 1e-9);
  }
}

TEST(RunKernels, equalTheCpuAndTheDefinition) {
  for (const std::uint32_t seed : {1u, 2u})
    for (const Convention convention : {Convention::pyradiomics, Convention::ibsi})
      check(textures(seed), {}, convention, seed);
}

TEST(RunKernels, inPlanes) {
  for (int dimension = 0; dimension < 3; ++dimension) {
    Settings s;
    s.force_2d = true;
    s.force_2d_dimension = dimension;
    check(textures(3), s, Convention::pyradiomics, 3);
    check(textures(4), s, Convention::ibsi, 4);
  }
}

TEST(RunKernels, mergedWithWeights) {
  for (const auto norm :
      {WeightingNorm::no_weighting, WeightingNorm::manhattan, WeightingNorm::euclidean, WeightingNorm::infinity}) {
    Settings s;
    s.weighting_norm = norm;
    check(textures(5), s, Convention::pyradiomics, 5);
  }
}

TEST(RunKernels, neighboursFurtherAwayDoNotMatter) {
  Settings s;
  s.distances = {1, 3};  // the levels are padded more
  check(textures(6), s, Convention::pyradiomics, 6);
}

TEST(RunKernels, longLinesAndManyTiles) {
  std::vector<SmallRegion> regions;
  regions.emplace_back(of_one_level({700, 3, 2}, 1));
  regions.emplace_back(random_grid({2, 300, 3}, {0.95, 2, false}, 1));
  regions.emplace_back(drawn_levels({3, 2, 600}, [](int x, int, int z) { return 1 + (x == 1 && z % 37 == 5); }));
  regions.emplace_back(random_grid({24, 23, 22}, {0.8, 5, true}, 2));
  regions.emplace_back(random_grid({24, 23, 22}, {0.9, 40, false}, 3));
  check(regions, {}, Convention::pyradiomics, 7);
  check(regions, {}, Convention::ibsi, 8);
}

TEST(RunKernels, whatSharesTheBatchCannotBeSeen) {
  const auto regions = textures(7);
  const auto all = measured(regions, {}, Convention::ibsi, 1);
  std::vector<std::size_t> order(regions.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::reverse(order.begin(), order.end());
  std::vector<SmallRegion> turned;
  for (const auto i : order) turned.push_back(regions[i]);
  const auto other = measured(turned, {}, Convention::ibsi, 99);
  EXPECT_EQ(all.launches, other.launches);
  const auto bits = [](const std::vector<double>& v) {
    std::vector<std::uint64_t> out;
    for (const double d : v) out.push_back(std::bit_cast<std::uint64_t>(d));
    return out;
  };
  for (std::size_t k = 0; k < order.size(); ++k) {
    EXPECT_EQ(bits(other.averaged[k]), bits(all.averaged[order[k]])) << "region " << order[k];
    EXPECT_EQ(bits(other.merged[k]), bits(all.merged[order[k]])) << "region " << order[k];
    if (k % 5) continue;
    const auto alone = measured({turned[k]}, {}, Convention::ibsi, 5);
    EXPECT_EQ(alone.launches, all.launches);
    EXPECT_EQ(bits(alone.averaged[0]), bits(other.averaged[k])) << "region " << order[k];
    EXPECT_EQ(bits(alone.merged[0]), bits(other.merged[k])) << "region " << order[k];
  }
}

TEST(RunKernels, onlyWhatIsWanted) {
  const std::vector<SmallRegion> regions{random_grid({6, 5, 4}, {0.8, 3, false}, 1)};
  const auto mean = measured(regions, {}, Convention::ibsi, 1, true, false);
  const auto sum = measured(regions, {}, Convention::ibsi, 1, false, true);
  const auto none = measured(regions, {}, Convention::ibsi, 1, false, false);
  const auto both = measured(regions, {}, Convention::ibsi, 1);
  EXPECT_EQ(mean.averaged, both.averaged);
  EXPECT_EQ(sum.merged, both.merged);
  EXPECT_EQ(none.launches, 2);
  for (std::size_t d = 0; d < 13; ++d) expect_same_cells(none.matrices[0].glrlm[d], both.matrices[0].glrlm[d]);
}

TEST(RunKernels, nothingToDo) { EXPECT_EQ(measured({}, {}, Convention::ibsi, 1).launches, 0); }

// 10,000 levels along 512 voxels are 5 million words a direction where rows are not ragged.
TEST(RunKernels, memoryFollowsTheVoxels) {
  simt::DeviceOptions options;
  simt::Device device(options);
  {
    const std::vector<SmallRegion> regions{drawn_levels(
        {512, 2, 2}, [](int x, int y, int z) { return x == 0 ? 10000 : 1 + (x * 7 + y * 31 + z) % 9999; })};
    const StageCase<simt::Device> batch(device, regions, {}, Convention::ibsi, wanting(family), true);
    const auto before = device.peak_bytes();
    const glrlm::Stage<simt::Device> stage(batch.input(), {});
    EXPECT_LT(device.peak_bytes() - before, 512 * 4 * (13 * 4 + 2) + 10001 * 4 + 10000);
    device.synchronise(device.record(0));
  }
  device.finish();
}

}  // namespace
}  // namespace radloom::test::glrlm_kernels
