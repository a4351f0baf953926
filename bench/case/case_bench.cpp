// Whole cases: from memory, and from the files that RADLOOM_BENCH_IMAGE and RADLOOM_BENCH_MASK name (reading included, or not), with
// the preset pyradiomics or the parameter file that RADLOOM_BENCH_PARAMETERS names.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>

#include "../support/region.hpp"
#include "radloom/radloom.hpp"

namespace {

using namespace radloom;

const char* named(const char* variable) {
  const char* path = std::getenv(variable);
  return path && *path ? path : nullptr;
}

Config all_families() {
  ConfigRequest request;
  if (const char* file = named("RADLOOM_BENCH_PARAMETERS")) request.file = file;
  else request.preset = "pyradiomics";
  return load_config(request);
}

void check(benchmark::State& state, const CaseRecord& record) {
  if (record.status != Status::ok) state.SkipWithError(record.error.message.c_str());
}

/// A region of about two million voxels amid a volume; the arguments are the threads.
void from_memory(benchmark::State& state) {
  const auto sample = bench::make_sample(2'000'000, 600, true, 80);
  const Engine engine(all_families(), {"cpu", int(state.range(0))});
  const auto first = engine.extract(sample.image, sample.mask);
  check(state, first);
  for (const auto& r : first.regions)
    if (r.voxels != sample.voxels) state.SkipWithError("voxels were lost");
  for (auto _ : state) benchmark::DoNotOptimize(engine.extract(sample.image, sample.mask).regions.data());
  state.counters["voxels"] = benchmark::Counter(double(sample.voxels), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(from_memory)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

/// `read`: whether reading counts.
void from_files(benchmark::State& state, bool read) {
  const char *image = named("RADLOOM_BENCH_IMAGE"), *mask = named("RADLOOM_BENCH_MASK");
  if (!image || !mask) return state.SkipWithError("set RADLOOM_BENCH_IMAGE and RADLOOM_BENCH_MASK to a case");
  const Engine engine(all_families(), {"cpu", int(state.range(0))});
  CaseInput input;
  input.image = image;
  input.mask = mask;
  check(state, engine.extract(input));
  if (read) {
    for (auto _ : state) benchmark::DoNotOptimize(engine.extract(input).regions.data());
  } else {
    const Volume i = read_volume(image).volume, m = read_volume(mask).volume;
    for (auto _ : state) benchmark::DoNotOptimize(engine.extract(i, m).regions.data());
  }
}
BENCHMARK_CAPTURE(from_files, with_reading, true)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(from_files, in_memory, false)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
