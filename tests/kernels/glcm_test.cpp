// The co-occurrence kernels on the emulated device, against the definition and against the cpu's code.
#include "catalogue/indices.hpp"
#include "families/glcm/features.hpp"
#include "kernels/glcm/stage.hpp"
#include "kernels/stage_case.hpp"
#include "simt/device.hpp"

namespace radloom::test {
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

TEST(Glcm, compiles) {
  Task run;
  run.regions.push_back(random_grid({7, 6, 5}, {0.8, 6, false}, 1));
  run.regions.push_back(random_grid({1, 1, 1}, {1.1, 6, false}, 1));
  const auto r = on_device(run);
  for (std::size_t i = 0; i < r.pairs.size(); ++i) {
    const auto d = discretised(run.regions[i], run.settings);
    const auto off = neighbours(run.settings.distances, run.settings, true);
    const auto pairs = glcm::count_pairs(d, off);
    const glcm::Request q{d.gray_levels, {1, 1, 1}, true, false, true};
    const auto a = glcm::averaged(pairs, q), m = glcm::merged(pairs, off, WeightingNorm::no_weighting, q);
    for (std::size_t f = 0; f < a.size(); ++f)
      printf("%zu %.17g %.17g   %.17g %.17g\n", f, a[f], r.averaged[i][f], m[f], r.merged[i][f]);
  }
}

}  // namespace
}  // namespace radloom::test
