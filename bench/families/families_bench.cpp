// Every family by itself, through the backend: discretisation, matrix and features. Each run first checks what it counted.
#include <benchmark/benchmark.h>

#include "../support/region.hpp"
#include "backend/backend.hpp"

namespace {

using namespace radloom;

struct Setup {
  Config config;
  std::vector<Column> columns;
  bench::Sample sample;
  std::unique_ptr<backend::Backend> backend;
  backend::Batch batch;

  Setup(Family family, std::int64_t voxels, int levels, bool noisy, int threads)
      : sample(bench::make_sample(voxels, levels, noisy)), backend(backend::make_backend("cpu", threads)) {
    config.convention = Convention::pyradiomics;
    config.settings.bin_width = 1;
    config.image_types = {{"Original", config.settings}};
    config.families = {{family, {}}};
    columns = radloom::columns(config);
    batch.regions.push_back({backend->upload(sample.image), sample.mask, &config.settings, columns, config.convention});
  }
  backend::Measurement measure() { return std::move(backend->measure(batch, {})[0]); }
};

/// What holds whatever the data: every voxel is in one run a direction, in one zone, in one dependence.
bool counted_every_voxel(Setup& s) {
  s.batch.keep_matrices = true;
  const auto m = s.measure();
  s.batch.keep_matrices = false;
  const auto voxels = [](const std::vector<Matrices::Cell>& cells, bool sizes) {
    std::int64_t n = 0;
    for (const auto& c : cells) n += std::int64_t(c.count) * (sizes ? c.size : 1);
    return n;
  };
  bool right = m.failure.code.empty() && voxels(m.matrices->glszm, true) == s.sample.voxels &&
               voxels(m.matrices->gldm, false) == s.sample.voxels;
  for (const auto& runs : m.matrices->glrlm) right &= voxels(runs, true) == s.sample.voxels;
  return right;
}

void family(benchmark::State& state, Family f, bool noisy) {
  Setup s(f, state.range(0), int(state.range(1)), noisy, 1);
  if (!counted_every_voxel(s)) return state.SkipWithError("the matrices do not hold every voxel");
  for (auto _ : state) benchmark::DoNotOptimize(s.measure().values.data());
  const bool directed = f == Family::glcm || f == Family::glrlm, around = f == Family::gldm || f == Family::ngtdm;
  const double directions = directed ? 13 : around ? 26 : 1;
  using benchmark::Counter;
  state.counters["voxel_directions"] =
      Counter(double(s.sample.voxels) * directions, Counter::kIsIterationInvariantRate);
  state.counters["bytes"] =
      Counter(double(s.sample.image.geometry().voxels()) * 3, Counter::kIsIterationInvariantRate, Counter::kIs1024);
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"voxels", "levels"})->Unit(benchmark::kMillisecond);
  for (const std::int64_t voxels : {1'000, 30'000, 500'000, 4'000'000})
    for (const int levels : {8, 64, 256}) b->Args({voxels, levels});
}

#define RL_BENCH_FAMILY(name)                                                \
  BENCHMARK_CAPTURE(family, name##_noisy, Family::name, true)->Apply(sizes); \
  BENCHMARK_CAPTURE(family, name##_smooth, Family::name, false)->Apply(sizes)
RL_BENCH_FAMILY(firstorder);
RL_BENCH_FAMILY(shape);
RL_BENCH_FAMILY(glcm);
RL_BENCH_FAMILY(glrlm);
RL_BENCH_FAMILY(glszm);
RL_BENCH_FAMILY(gldm);
RL_BENCH_FAMILY(ngtdm);

}  // namespace

BENCHMARK_MAIN();
