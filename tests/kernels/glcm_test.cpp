// The co-occurrence kernels on the emulated device, against the definition and against the cpu's code.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "catalogue/indices.hpp"
#include "families/glcm/features.hpp"
#include "kernels/glcm/stage.hpp"
#include "kernels/stage_case.hpp"
#include "radloom/catalogue.hpp"
#include "simt/device.hpp"

namespace radloom::test::glcm_kernels {
namespace {

using oracle::Grid;

struct Task {
  std::vector<SmallRegion> regions;
  Settings settings{};
  Convention convention = Convention::ibsi;
  bool correlation = true, keep_matrices = true, features = true;
  std::size_t shared_limit = 232448;
  std::uint32_t seed = 1;
};

struct Result {
  std::vector<std::vector<double>> averaged, merged;
  std::vector<std::uint64_t> pairs;
  std::vector<Matrices> matrices;
};

Result on_device(const Task& run) {
  simt::DeviceOptions options;
  options.seed = run.seed;
  options.shared_limit = run.shared_limit;
  simt::Device device(options);
  backend::Wanted wanted;
  wanted.family[int(Family::glcm)] = run.features;
  wanted.averaged = wanted.merged = run.features;
  wanted.maximal_correlation = run.correlation;
  const StageCase<simt::Device> batch(device, run.regions, run.settings, run.convention, wanted, run.keep_matrices);
  const auto input = batch.input();
  FeatureRoom<simt::Device> averaged(input, feature::glcm::count), merged(input, feature::glcm::count);
  backend::Buffer<std::uint64_t, simt::Device> pairs(device, 0, input.count());
  pairs.zero();
  FamilyOutput output;
  if (run.features) output = {averaged.span(), merged.span()};
  glcm::Stage<simt::Device> stage(input, output, pairs);
  Result result;
  if (run.keep_matrices) {
    for (const auto& r : run.regions)
      result.matrices.emplace_back().gray_levels = discretised(r, run.settings).gray_levels;
    stage.collect(result.matrices);
  }
  if (run.features) {
    result.averaged = averaged.values();
    result.merged = merged.values();
  }
  result.pairs = downloaded(device, pairs.span(), 0);
  return result;
}

bool symmetric(const Task& task) { return task.convention == Convention::ibsi || task.settings.symmetrical_glcm; }
WeightingNorm norm_of(const Task& task) {
  return task.convention == Convention::ibsi ? WeightingNorm::no_weighting : task.settings.weighting_norm;
}

/// Differences in units of 1e-12 of the value or of what cancels in it: third and fourth powers of gray levels, entropies of pairs in
/// the correlations of information. MCC is an eigenvalue found by iteration: 1e-9.
void expect_close_features(const std::vector<double>& ours, const std::vector<double>& expected, double highest) {
  ASSERT_EQ(ours.size(), expected.size());
  const auto rows = features(Family::glcm);
  for (std::size_t f = 0; f < ours.size(); ++f) {
    const auto& name = rows[f].pyradiomics;
    const double cancels = name == "ClusterShade"             ? std::pow(highest, 3)
                           : name == "ClusterProminence"      ? std::pow(highest, 4)
                           : name == "Imc1" || name == "Imc2" ? std::max(1.0, 2 * std::log2(highest))
                                                              : 1;
    const double limit = (name == "MCC" ? 1e-9 : 1e-12) * std::max(cancels, std::abs(expected[f]));
    EXPECT_TRUE(std::isnan(expected[f]) ? std::isnan(ours[f]) : std::abs(ours[f] - expected[f]) <= limit)
        << name << ": " << ours[f] << ", expected " << expected[f];
  }
}

/// Counts against the definition, number by number; features against the cpu's.
void check(const Task& task) {
  const auto ours = on_device(task);
  const auto offsets = neighbours(task.settings.distances, task.settings, true);
  for (std::size_t i = 0; i < task.regions.size(); ++i) {
    const SmallRegion& r = task.regions[i];
    SCOPED_TRACE(testing::Message() << "region " << i << ": " << r.grid.size[0] << " x " << r.grid.size[1] << " x "
                                    << r.grid.size[2] << ", highest level " << r.highest());
    const auto levels = discretised(r, task.settings);
    const auto defined = oracle::matrices(
        r.grid, {task.settings.distances, task.settings.force_2d, task.settings.force_2d_dimension}, 0);
    const Matrices& counted = ours.matrices[i];
    ASSERT_EQ(counted.gray_levels, defined.gray_levels);
    ASSERT_EQ(counted.glcm_offsets.size(), defined.glcm_offsets.size());
    std::uint64_t pairs = 0;
    for (std::size_t d = 0; d < counted.glcm_offsets.size(); ++d) {
      const auto at = std::find(defined.glcm_offsets.begin(), defined.glcm_offsets.end(), counted.glcm_offsets[d]);
      ASSERT_NE(at, defined.glcm_offsets.end());
      const auto& expected = defined.glcm[std::size_t(at - defined.glcm_offsets.begin())];
      EXPECT_TRUE(counted.glcm[d] == expected) << "direction " << d;
      pairs += std::accumulate(expected.begin(), expected.end(), std::uint64_t(0));
    }
    EXPECT_EQ(ours.pairs[i], pairs);
    const glcm::Request request{levels.gray_levels, r.spacing_mm, symmetric(task),
        task.convention == Convention::pyradiomics, task.correlation};
    const auto on_cpu = glcm::count_pairs(levels, offsets);
    expect_close_features(ours.averaged[i], glcm::averaged(on_cpu, request), r.highest());
    expect_close_features(ours.merged[i], glcm::merged(on_cpu, offsets, norm_of(task), request), r.highest());
    if (task.convention == Convention::ibsi || !task.correlation || r.highest() > 64) continue;
    // By definition, and not by the formulas that both backends share. A root of a rounding error is no value.
    auto definition = oracle::glcm(defined, symmetric(task), oracle::Norm::per_direction, r.spacing_mm);
    for (std::size_t f = 0; f < ours.averaged[i].size(); ++f) {
      const auto& name = features(Family::glcm)[f].pyradiomics;
      // Those without a name are the standard's alone: the cpu's are held against its reference values (tests/ibsi).
      if (name.empty() || name == "MCC" || name == "Imc2") continue;
      EXPECT_LT(relative(ours.averaged[i][f], definition.at(std::string(name)), 1e-13), 1e-9) << name;
    }
  }
}

/// The highest level of a region decides how it is counted: with the shared memory of this task, three classes of private counters (up to 84,
/// 120 and 339 levels), counters in global memory (up to 1,024), lists.
std::vector<SmallRegion> of_levels(const std::vector<int>& highest) {
  std::vector<SmallRegion> out;
  std::uint32_t seed = 1;
  for (const int levels : highest) {
    auto grid = random_grid({9, 8, 7}, {0.85, levels, false}, seed++);
    grid.level.back() = levels;
    out.emplace_back(std::move(grid), std::array<double, 3>{0.7, 1, 2.5});
  }
  return out;
}

std::vector<SmallRegion> of_few_levels(std::uint32_t seed) {
  std::vector<SmallRegion> out;
  out.emplace_back(Grid{{1, 1, 1}, {3}});  // no pair
  out.emplace_back(Grid{{2, 1, 1}, {1, 2}});
  out.emplace_back(Grid{{3, 2, 2}, std::vector<int>(12, 4)});  // one level
  for (const int n : {31, 32, 33, 65})
    out.emplace_back(random_grid({n, 3, 2}, {0.9, 4, true}, seed + std::uint32_t(n)));
  out.emplace_back(random_grid({9, 8, 7}, {0.8, 6, false}, seed + 1), std::array<double, 3>{0.7, 0.8, 2.5});
  out.emplace_back(random_grid({12, 11, 1}, {0.6, 9, true}, seed + 2));
  out.emplace_back(random_grid({7, 6, 5}, {0.1, 5, false}, seed + 3));
  return out;
}

/// Regions of several shares, so that blocks meet in a matrix.
TEST(PairKernels, manyShares) {
  std::vector<SmallRegion> regions;
  regions.emplace_back(random_grid({24, 22, 20}, {0.95, 6, true}, 41));
  regions.emplace_back(random_grid({24, 22, 20}, {0.95, 150, false}, 42));
  regions.emplace_back(random_grid({24, 22, 20}, {0.95, 400, false}, 43));
  check({.regions = std::move(regions), .correlation = false, .seed = 7});
}

TEST(PairKernels, equalTheCpuAndTheDefinition) {
  for (const auto convention : {Convention::pyradiomics, Convention::ibsi})
    for (const std::uint32_t seed : {1u, 2u}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed);
      check({.regions = of_few_levels(seed), .convention = convention, .seed = seed});
    }
}

TEST(PairKernels, notSymmetric) {
  Settings s;
  s.symmetrical_glcm = false;
  check({.regions = of_few_levels(5), .settings = s, .convention = Convention::pyradiomics, .seed = 3});
  check({.regions = of_levels({7, 121, 340, 1100}),
      .settings = s,
      .convention = Convention::pyradiomics,
      .correlation = false,
      .seed = 4});
}

TEST(PairKernels, everyWayOfCounting) {
  check({.regions = of_levels({2, 7, 84, 85, 120, 121, 256, 257, 339, 340, 1025}), .correlation = false, .seed = 5});
  // A small device: what was private goes to global memory, what was dense to lists.
  check({.regions = of_levels({7, 84, 121, 256, 340}), .correlation = false, .shared_limit = 32 * 1024, .seed = 6});
}

TEST(PairKernels, weightsDistancesAndPlanes) {
  Settings s;
  for (const auto norm : {WeightingNorm::euclidean, WeightingNorm::manhattan}) {
    s.weighting_norm = norm;
    check({.regions = of_few_levels(8), .settings = s, .convention = Convention::pyradiomics, .seed = 8});
  }
  s = {};
  s.distances = {1, 3};
  check({.regions = of_few_levels(9), .settings = s, .correlation = false, .seed = 9});
  for (int dimension = 0; dimension < 3; ++dimension) {
    s = {};
    s.force_2d = true;
    s.force_2d_dimension = dimension;
    check({.regions = of_few_levels(10), .settings = s, .seed = 10});
  }
}

/// MCC of matrices in lists: few levels that lie far apart.
TEST(PairKernels, correlationOfLists) {
  auto grid = random_grid({9, 8, 5}, {0.9, 5, false}, 50);
  for (int& level : grid.level)
    if (level) level = 1 + 275 * (level - 1);
  Settings s;
  s.force_2d = true;
  for (const bool symmetrical : {true, false}) {
    s.symmetrical_glcm = symmetrical;
    check({.regions = {SmallRegion(grid)}, .settings = s, .convention = Convention::pyradiomics, .seed = 11});
  }
}

TEST(PairKernels, neitherCompanyNorOrderNorSeedShows) {
  Task task{.regions = of_few_levels(60), .seed = 1};
  task.regions.emplace_back(random_grid({9, 8, 5}, {0.9, 90, false}, 61));
  task.regions.emplace_back(random_grid({24, 22, 20}, {0.95, 6, true}, 62));
  const auto all = on_device(task);
  Task turned = task;
  std::reverse(turned.regions.begin(), turned.regions.end());
  turned.seed = 99;
  const auto other = on_device(turned);
  const auto bits = [](const std::vector<double>& v) {
    std::vector<std::uint64_t> out;
    for (const double d : v) out.push_back(std::bit_cast<std::uint64_t>(d));
    return out;
  };
  for (std::size_t k = 0; k < task.regions.size(); ++k) {
    const std::size_t at = task.regions.size() - 1 - k;
    EXPECT_EQ(bits(other.averaged[k]), bits(all.averaged[at])) << "region " << at;
    EXPECT_EQ(bits(other.merged[k]), bits(all.merged[at])) << "region " << at;
    EXPECT_EQ(other.matrices[k].glcm, all.matrices[at].glcm) << "region " << at;
    EXPECT_EQ(other.pairs[k], all.pairs[at]) << "region " << at;
  }
}

TEST(PairKernels, nothingToDo) { EXPECT_TRUE(on_device({}).averaged.empty()); }

}  // namespace
}  // namespace radloom::test::glcm_kernels
