// Every family by itself, through every backend there is here: discretisation, matrix and features. Each run first checks what it
// counted.
#include <benchmark/benchmark.h>

#include "../support/devices.hpp"
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

  Setup(const std::string& device, Family family, std::int64_t voxels, int levels, bool noisy)
      : sample(bench::make_sample(voxels, levels, noisy)), backend(backend::make_backend(device, 1)) {
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

void family(benchmark::State& state, const std::string& device, Family f, bool noisy) {
  Setup s(device, f, state.range(0), int(state.range(1)), noisy);
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

/// Families of a convention in one call. Every feature must have a value.
void standard(benchmark::State& state, Convention convention, const std::vector<FamilyRequest>& families) {
  Setup s("cpu", Family::ngtdm, state.range(0), int(state.range(1)), true);
  s.config.convention = convention;
  s.config.families = families;
  s.columns = radloom::columns(s.config);
  s.batch.regions[0].columns = s.columns;
  s.batch.regions[0].convention = convention;
  for (const auto& v : s.measure().values)
    if (v.undefined != Undefined::none) return state.SkipWithError("a feature has no value");
  for (auto _ : state) benchmark::DoNotOptimize(s.measure().values.data());
  state.counters["voxels"] = benchmark::Counter(double(s.sample.voxels), benchmark::Counter::kIsIterationInvariantRate);
}

benchmark::internal::Benchmark* sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"voxels", "levels"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const std::int64_t voxels : {1'000, 30'000, 500'000, 4'000'000})
    for (const int levels : {8, 64, 256}) b->Args({voxels, levels});
  return b;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const auto& device : bench::devices())
    for (const auto f :
        {Family::firstorder, Family::shape, Family::glcm, Family::glrlm, Family::glszm, Family::gldm, Family::ngtdm})
      for (const bool noisy : {true, false}) {
        const std::string name = "family/" + std::string(family_name(f)) + (noisy ? "/noisy/" : "/smooth/") + device;
        sizes(benchmark::RegisterBenchmark(
            name.c_str(), [=](benchmark::State& state) { family(state, device, f, noisy); }));
      }
  // The standard's own, and all of it beside all of PyRadiomics', on the host. A device leaves them to the host for now.
  for (const auto f : {Family::shape, Family::loc_int, Family::ih, Family::ivh, Family::gldzm})
    sizes(
        benchmark::RegisterBenchmark(("standard/" + std::string(family_name(f))).c_str(), [=](benchmark::State& state) {
          standard(state, Convention::ibsi, {{f, {}}});
        }));
  const std::vector<FamilyRequest> classes{{Family::firstorder, {}}, {Family::shape, {}}, {Family::glcm, {}},
      {Family::glrlm, {}}, {Family::glszm, {}}, {Family::gldm, {}}, {Family::ngtdm, {}}};
  auto all = classes;
  for (const auto f : {Family::loc_int, Family::ih, Family::ivh, Family::gldzm}) all.push_back({f, {}});
  sizes(benchmark::RegisterBenchmark("whole/pyradiomics", [=](benchmark::State& state) {
    standard(state, Convention::pyradiomics, classes);
  }))->Args({2'000'000, 64});  // the region that the standard's set is held to four times this for
  sizes(benchmark::RegisterBenchmark("whole/ibsi", [=](benchmark::State& state) {
    standard(state, Convention::ibsi, all);
  }))->Args({2'000'000, 64});
  // How time grows; bench/growth draws it.
  auto* const growth = benchmark::RegisterBenchmark(
      "growth/pyradiomics", [=](benchmark::State& state) { standard(state, Convention::pyradiomics, classes); });
  growth->ArgNames({"voxels", "levels"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (std::int64_t voxels = 1'000; voxels <= 100'000'000; voxels *= 10) growth->Args({voxels, 64});
  for (const int levels : {8, 16, 32, 128, 256, 512, 1000}) growth->Args({1'000'000, levels});
  benchmark::RunSpecifiedBenchmarks();
}
