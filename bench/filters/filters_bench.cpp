// Every image type on a volume of floats, in this process. Each run first checks that a block gives what the whole volume gives. Image types that have
// kernels run on every device too, beside one thread of the cpu, behind the same interface.
// bench/peers/filters.py times ITK's LoG and PyWavelets' swtn on the same sizes.
#include <benchmark/benchmark.h>
#include <tbb/task_arena.h>

#include <cstring>
#include <memory>

#include "../support/devices.hpp"
#include "backend/backend.hpp"
#include "filters/common/field.hpp"
#include "filters/registry.hpp"
#include "preprocess/crop.hpp"

namespace {

using namespace radloom;

/// Smooth waves with noise on them, in 1 mm voxels.
Volume volume(std::int64_t n) {
  Geometry grid;
  grid.size = {n, n, n};
  std::vector<float> values(std::size_t(grid.voxels()));
  std::uint32_t seed = 1;
  std::size_t at = 0;
  for (std::int64_t z = 0; z < n; ++z)
    for (std::int64_t y = 0; y < n; ++y)
      for (std::int64_t x = 0; x < n; ++x, ++at) {
        seed = seed * 1664525 + 1013904223;
        values[at] = float((x * 3 + y * 5 + z * 7) % 97) + float(seed >> 28);
      }
  return Volume::from(grid, std::move(values));
}

struct Wanted {
  const char* name;
  Convention convention;
  const char* image_type;
  const char* settings;
  bool has_kernels = false;
};

constexpr Wanted all[] = {
    {"wavelet", Convention::pyradiomics, "Wavelet", "", true},
    {"log/recursive", Convention::pyradiomics, "LoG", "log_sigma_mm: [3.0]", true},
    {"log/sampled", Convention::ibsi, "LoG", "log_sigma_mm: [3.0]", true},
    {"square", Convention::pyradiomics, "Square", "", true},
    {"exponential", Convention::pyradiomics, "Exponential", ""},
    {"gradient", Convention::pyradiomics, "Gradient", "", true},
    {"lbp2d", Convention::pyradiomics, "LBP2D", ""},
    {"lbp3d", Convention::pyradiomics, "LBP3D", ""},
    {"mean", Convention::ibsi, "Mean", "", true},
    {"laws/invariant", Convention::ibsi, "Laws", "filter_rotation_invariant: true", true},
    {"wavelet/invariant", Convention::ibsi, "Wavelet", "wavelet: db3, filter_rotation_invariant: true"},
    {"gabor", Convention::ibsi, "Gabor", "gabor_theta_step_deg: 45", true},
    {"simoncelli", Convention::ibsi, "Simoncelli", "", true},
};

Config config_of(const Wanted& wanted) {
  ConfigRequest convention;
  convention.convention = wanted.convention;
  return parse_config(std::string("image_types: [") + wanted.image_type + "]\nsettings: {" + wanted.settings + "}",
      wanted.name, convention);
}

void filter(benchmark::State& state, const Wanted& wanted) {
  const auto image = volume(state.range(0));
  const Config config = config_of(wanted);
  const auto images = images_of(config.image_types[0], config.convention);
  // As in a run over many images: what one gives back the next one takes.
  const filters::Request request{
      config.image_types[0].settings, config.convention, images, std::make_shared<KeptMemory>(std::size_t(2) << 30)};
  const auto& size = image.geometry().size;
  tbb::task_arena arena(int(state.range(1)));
  const auto derive = [&](const filters::Block& block, const Box& box) {
    return arena.execute([&] { return filters::derive(wanted.image_type, request, block, box, {}); });
  };
  const Box some{{size[0] / 3, size[1] / 3, size[2] / 3}, {5, 4, 3}};
  const Box needed = filters::needed(wanted.image_type, request, some, filters::grid_of(image.geometry()));
  const Volume expected = crop(derive(filters::whole_block(image), {{}, size})[0], some);
  const auto part = derive({crop(image, needed), needed.first, size}, some);
  if (std::memcmp(part[0].data(), expected.data(), std::size_t(some.voxels()) * bytes_of(expected.type())) != 0)
    return state.SkipWithError("a block does not give what the whole gives");
  for (auto _ : state) benchmark::DoNotOptimize(derive(filters::whole_block(image), {{}, size}).data());
  using benchmark::Counter;
  state.counters["voxels"] =
      Counter(double(image.geometry().voxels() * std::int64_t(images.size())), Counter::kIsIterationInvariantRate);
}

/// A volume in host memory to images where the device makes them: the way back is not part of it, but for a voxel that is waited for.
void derive_on(benchmark::State& state, const Wanted& wanted, const std::string& device) {
  const auto image = volume(state.range(0));
  const Config config = config_of(wanted);
  const auto images = images_of(config.image_types[0], config.convention);
  const auto& size = image.geometry().size;
  const auto derived = [&](const backend::Backend& b) {
    backend::Derivation d;
    d.kind = backend::Derivation::Kind::filter;
    d.source = b.upload(image);
    d.box = {{}, size};
    d.image_type = wanted.image_type;
    d.images = images;
    d.settings = &config.image_types[0].settings;
    d.convention = config.convention;
    d.whole = size;
    return b.derive({&d, 1}, {});
  };
  const auto backend = backend::make_backend(device, 1), cpu = backend::make_backend("cpu", 1);
  const auto ours = derived(*backend), expected = derived(*cpu);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Volume a = backend->download(ours[i]), b = cpu->download(expected[i]);
    if (std::memcmp(a.data(), b.data(), std::size_t(size[0] * size[1] * size[2]) * bytes_of(b.type())) != 0)
      return state.SkipWithError("the device does not give what the host gives");
  }
  for (auto _ : state) {
    backend::Derivation voxel;
    voxel.source = derived(*backend).back();
    voxel.box = {{}, {1, 1, 1}};
    benchmark::DoNotOptimize(backend->download(backend->derive({&voxel, 1}, {})[0]).data());
  }
  state.counters["voxels"] = benchmark::Counter(
      double(image.geometry().voxels() * std::int64_t(images.size())), benchmark::Counter::kIsIterationInvariantRate);
}

/// What memory alone costs: eight copies of the volume, which are eight reads and eight writes of it. One read and eight writes, the limit
/// of what makes eight sub-bands, are nine sixteenths of that.
void copies(benchmark::State& state) {
  const auto image = volume(state.range(0));
  const auto bytes = std::size_t(image.geometry().voxels()) * sizeof(float);
  std::vector<float> to(bytes / sizeof(float) * 8);
  for (auto _ : state) {
    for (std::size_t k = 0; k < 8; ++k) std::memcpy(to.data() + k * bytes / sizeof(float), image.data(), bytes);
    benchmark::ClobberMemory();
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const auto& wanted : all)
    benchmark::RegisterBenchmark(
        (std::string("filter/") + wanted.name).c_str(), [&wanted](benchmark::State& state) { filter(state, wanted); })
        ->ArgNames({"size", "threads"})
        ->Args({128, 1})
        ->Args({256, 1})
        ->Args({256, 2})
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  for (const auto& wanted : all)
    for (const auto& device : bench::devices())
      if (wanted.has_kernels)
        benchmark::RegisterBenchmark((std::string("derive/") + wanted.name + "/" + device).c_str(),
            [&wanted, device](benchmark::State& state) { derive_on(state, wanted, device); })
            ->ArgNames({"size"})
            ->Args({128})
            ->Args({256})
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("eight_copies", copies)->ArgNames({"size"})->Args({256})->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
