// How fast a batch of regions is measured, all families, against the number of regions in it: what a device needs to be kept busy.
#include <benchmark/benchmark.h>

#include "../support/devices.hpp"
#include "../support/region.hpp"
#include "backend/backend.hpp"

namespace {

using namespace radloom;

void batch_of(benchmark::State& state, const std::string& device) {
  const auto backend = backend::make_backend(device, 0);
  Config config = load_config({.file = {}, .preset = "pyradiomics", .convention = {}, .overrides = {}, .label = {}});
  const auto all = columns(config);
  const auto sample = bench::make_sample(state.range(1), 32, true);
  config.settings.bin_width = 1;
  backend::Batch batch;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    batch.regions.push_back({backend->upload(sample.image), sample.mask, &config.settings, all, config.convention});
  const auto measured = backend->measure(batch, {});
  for (const auto& m : measured)
    if (!m.failure.code.empty()) return state.SkipWithError(m.failure.message.c_str());
  for (std::size_t c = 0; c < all.size(); ++c)
    if (measured.front().values[c].value != measured.back().values[c].value)
      return state.SkipWithError("equal regions got different values");
  for (auto _ : state) benchmark::DoNotOptimize(backend->measure(batch, {}).data());
  using benchmark::Counter;
  state.counters["regions"] = Counter(double(state.range(0)), Counter::kIsIterationInvariantRate);
  state.counters["voxels"] = Counter(double(state.range(0) * sample.voxels), Counter::kIsIterationInvariantRate);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const auto& device : bench::devices())
    benchmark::RegisterBenchmark(("batch/" + device).c_str(), [=](benchmark::State& state) { batch_of(state, device); })
        ->ArgNames({"regions", "voxels"})
        ->ArgsProduct({{1, 8, 64, 512}, {1'000, 30'000}})
        ->Args({1, 2'000'000})
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  benchmark::RunSpecifiedBenchmarks();
}
