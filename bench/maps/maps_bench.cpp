// Maps of every family, one after the other and all together, on one thread of the cpu and on every device. Before it times, each run compares the
// neighbourhood of one voxel with the features of a region that is just that.
#include <benchmark/benchmark.h>

#include <tbb/global_control.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "../support/devices.hpp"
#include "../support/region.hpp"
#include "backend/backend.hpp"
#include "maps/measure.hpp"
#include "preprocess/crop.hpp"
#include "radloom/radloom.hpp"

namespace {

using namespace radloom;

struct Setup {
  Config config;
  std::vector<Column> columns;
  bench::Sample sample;
  std::unique_ptr<backend::Backend> backend;

  Setup(const std::string& device, const std::vector<Family>& families, std::int64_t voxels, int levels, int radius,
      bool noisy)
      : sample(bench::make_sample(voxels, levels, noisy, radius)), backend(backend::make_backend(device, 1)) {
    config.convention = Convention::pyradiomics;
    config.settings.bin_width = 1;
    config.settings.kernel_radius = radius;
    config.settings.masked_kernel = false;
    config.image_types = {{"Original", config.settings}};
    for (const auto f : families) config.families.push_back({f, {}});
    columns = radloom::columns(config);
  }

  /// Calls keep(column, values).
  template <class F>
  void measure(const F& keep) const {
    maps::measure(
        sample.image, sample.mask, {&config.settings, config.convention, columns}, {keep, {}}, {}, backend->maps());
  }

  /// The neighbourhood of the voxel in the middle as a region. Of every family the feature that where levels begin does not change.
  bool is_right() const {
    const int radius = config.settings.kernel_radius;
    const auto& size = sample.image.geometry().size;
    Box box;
    for (int d = 0; d < 3; ++d) {
      box.first[d] = size[d] / 2 - radius;
      box.size[d] = 2 * radius + 1;
    }
    const Volume image = crop(sample.image, box);
    const Volume mask =
        Volume::from(image.geometry(), std::vector<std::uint8_t>(std::size_t(image.geometry().voxels()), 1));
    const auto record = Engine(config, {"cpu", 1, nullptr}).extract(image, mask);
    const auto inside = sample.mask.as<std::uint8_t>();
    const std::size_t middle = std::size_t((size[2] / 2 * size[1] + size[1] / 2) * size[0] + size[0] / 2);
    std::size_t voxel = 0;
    for (std::size_t i = 0; i < middle; ++i) voxel += inside[i] != 0;
    bool right = inside[middle] != 0;
    measure([&](std::size_t c, std::span<const double> values) {
      for (const std::string_view name : {"Entropy", "Contrast", "RunEntropy", "ZoneEntropy", "DependenceEntropy"})
        if (columns[c].feature->pyradiomics == name) {
          const double expected = record.regions[0].values[c].value;
          right &= std::abs(values[voxel] - expected) <= 1e-12 * std::abs(expected);
        }
    });
    return right;
  }
};

void map(benchmark::State& state, const std::string& device, const std::vector<Family>& families, bool noisy) {
  const Setup s(device, families, state.range(0), int(state.range(1)), int(state.range(2)), noisy);
  if (!s.is_right()) return state.SkipWithError("a neighbourhood is not what a region of its voxels is");
  for (auto _ : state) s.measure([](std::size_t, std::span<const double> v) { benchmark::DoNotOptimize(v.data()); });
  state.counters["voxels"] = benchmark::Counter(double(s.sample.voxels), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const std::vector<Family> all{
      Family::glcm, Family::firstorder, Family::glrlm, Family::glszm, Family::gldm, Family::ngtdm};
  const auto add = [](const std::string& name, const std::vector<Family>& families) {
    for (const auto& device : bench::devices())
      for (const bool noisy : {true, false}) {
        auto* b = benchmark::RegisterBenchmark(("map/" + name + (noisy ? "/noisy/" : "/smooth/") + device).c_str(),
            [=](benchmark::State& s) { map(s, device, families, noisy); });
        b->ArgNames({"voxels", "levels", "radius"})->Unit(benchmark::kMillisecond)->UseRealTime();
        for (const int levels : {8, 32, 256}) b->Args({50'000, levels, 1});
        b->Args({5'000, 32, 2});
        if (device != "cpu") b->Args({2'000'000, 32, 1});
      }
  };
  for (const auto f : all) add(std::string(family_name(f)), {f});
  add("all", all);
  benchmark::RunSpecifiedBenchmarks();
}
