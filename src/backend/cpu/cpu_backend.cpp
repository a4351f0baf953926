#include "backend/cpu/cpu_backend.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <optional>

#include "backend/cpu/measure.hpp"
#include "filters/registry.hpp"
#include "preprocess/crop.hpp"
#include "preprocess/normalize.hpp"
#include "preprocess/resample.hpp"

namespace radloom::backend {
namespace {

class CpuImage final : public Image {
 public:
  explicit CpuImage(Volume v) : volume(std::move(v)) {}
  const Geometry& geometry() const noexcept override { return volume.geometry(); }
  const Volume volume;
};

const Volume& volume_of(const ImageHandle& image) {
  const auto* cpu = dynamic_cast<const CpuImage*>(image.get());
  if (!cpu) throw Error(ErrorCode::usage, "this image was not made by the cpu backend");
  return cpu->volume;
}

void stop_if_asked(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
}

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(int threads)
      : arena_(threads > 0 ? threads : tbb::info::default_concurrency()), clock_(arena_.max_concurrency()) {
    if (threads > tbb::info::default_concurrency())
      allowed_.emplace(tbb::global_control::max_allowed_parallelism, std::size_t(threads));
  }

  std::string name() const override { return "cpu"; }
  void run(const std::function<void()>& job) const override { arena_.execute(job); }
  ImageHandle upload(const Volume& volume) const override { return std::make_shared<CpuImage>(volume); }
  Volume download(const ImageHandle& image) const override { return volume_of(image); }

  std::vector<ImageHandle> derive(std::span<const Derivation> requests, std::stop_token stop) const override {
    std::vector<std::vector<Volume>> made(requests.size());
    for_each(requests.size(), stop, [&](std::size_t i) { made[i] = derived(requests[i], stop); });
    std::vector<ImageHandle> out;
    for (auto& volumes : made)
      for (auto& v : volumes) out.push_back(std::make_shared<CpuImage>(std::move(v)));
    return out;
  }

  std::vector<Measurement> measure(const Batch& batch, std::stop_token stop) const override {
    std::vector<Measurement> out(batch.regions.size());
    for_each(out.size(), stop, [&](std::size_t i) {
      try {
        const Region& r = batch.regions[i];
        out[i] = cpu::measure(r, volume_of(r.image), volume_of(r.surroundings ? r.surroundings : r.image),
            batch.keep_matrices, clock_, memory_);
      } catch (const Error& e) {
        if (e.code() == ErrorCode::interrupted) throw;
        out[i].failure = {std::string(code_name(e.code())), e.what()};
      } catch (const std::bad_alloc&) {
        out[i].failure = {std::string(code_name(ErrorCode::memory_exhausted)),
            "not enough memory to measure this region; fewer gray levels or threads need less"};
      }
    });
    return out;
  }

 private:
  std::vector<Volume> derived(const Derivation& d, const std::stop_token& stop) const {
    const Volume& source = volume_of(d.source);
    switch (d.kind) {
      case Derivation::Kind::crop: return {crop(source, d.box)};
      case Derivation::Kind::normalize: return {normalize(source, d.box, d.scale, d.clip_sigmas)};
      case Derivation::Kind::resample: return {resample(source, d.grid, d.interpolator, memory_)};
      case Derivation::Kind::interpolate:
        return {interpolate(source, d.first, d.whole, d.grid, d.box, d.interpolator, memory_)};
      case Derivation::Kind::filter: break;
    }
    return filters::derive(
        d.image_type, {*d.settings, d.convention, d.images, memory_}, {source, d.first, d.whole}, d.box, stop);
  }

  template <class F>
  void for_each(std::size_t n, const std::stop_token& stop, const F& f) const {
    arena_.execute([&] {
      tbb::parallel_for(std::size_t(0), n, [&](std::size_t i) {
        stop_if_asked(stop);
        f(i);
      });
    });
  }

  /// More threads than processors, where they are asked for: oneTBB would warn and take fewer.
  std::optional<tbb::global_control> allowed_;
  mutable tbb::task_arena arena_;
  mutable cpu::TaskClock clock_;
  /// As much as a case has of derived images, or spectra, at a time.
  std::shared_ptr<KeptMemory> memory_ = std::make_shared<KeptMemory>(std::size_t(1) << 30);
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(int threads) { return std::make_unique<CpuBackend>(threads); }

}  // namespace radloom::backend
