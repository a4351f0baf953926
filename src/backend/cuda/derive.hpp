#pragma once
#include <cstring>

#include "backend/cuda/device_image.hpp"
#include "filters/wavelet/image_type.hpp"
#include "kernels/preprocess/resample_stage.hpp"
#include "kernels/wavelet/stage.hpp"
#include "preprocess/crop.hpp"

namespace radloom::backend {

/// Whether a derivation is made by kernels.
inline bool is_wavelet(const Derivation& d) {
  return d.kind == Derivation::Kind::filter && d.image_type == "Wavelet" &&
         wavelet::is_cyclic(*d.settings, d.convention);
}
inline bool is_sampled(const Derivation& d) {
  return d.kind == Derivation::Kind::resample || d.kind == Derivation::Kind::interpolate;
}
inline bool has_kernels(const Derivation& d) { return is_sampled(d) || is_wavelet(d); }

namespace detail {

/// Voxels on their way to a device: what is pinned and what is there.
template <AnyDevice Device>
class Blocks {
 public:
  Blocks(Device& device, Stream stream) : device_(device), stream_(stream) {}
  Span<const std::uint8_t> send(const Volume& block) {
    const auto bytes = block.geometry().voxels() * std::int64_t(bytes_of(block.type()));
    auto& host = staging_.emplace_back(device_, bytes);
    std::memcpy(host.data(), block.data(), std::size_t(bytes));
    const auto& there = memory_.emplace_back(device_, stream_, bytes);
    upload(device_, there.span(), host, bytes, stream_);
    return there.span();
  }

 private:
  Device& device_;
  Stream stream_;
  std::vector<Pinned<std::uint8_t, Device>> staging_;
  std::vector<Buffer<std::uint8_t, Device>> memory_;
};

/// Those of the requests that resample or interpolate, in one batch.
template <AnyDevice Device>
class ResampleDerivations {
 public:
  ResampleDerivations(
      Device& device, Stream stream, std::span<const Derivation> requests, const std::vector<Volume>& sources)
      : requests_(requests), sources_(sources), blocks_(device, stream), settle_(device, stream) {
    std::vector<typename preprocess::ResampleStage<Device>::Wanted> batch;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const Derivation& d = requests[i];
      if (!is_sampled(d)) continue;
      const auto& source = sources[i].geometry();
      const bool centred = d.kind == Derivation::Kind::interpolate;
      typename preprocess::ResampleStage<Device>::Wanted w;
      w.plan = centred ? plan_centred(d.whole, source.spacing_mm, d.grid, d.box, d.interpolator)
                       : plan_resampling(source, d.grid, d.interpolator);
      if (w.plan.any) {
        Box needed = w.plan.needed;
        for (int k = 0; k < 3 && centred; ++k) needed.first[k] -= d.first[k];
        w.block = blocks_.send(crop(sources[i], needed));
      }
      w.type = sources[i].type();
      w.image_size = centred ? d.whole : source.size;
      w.grid_size = made_by(d).size;
      batch.push_back(std::move(w));
      places_.push_back(i);
    }
    if (!batch.empty()) stage_.emplace(device, stream, batch);
  }

  /// Puts the images where they belong. They are written when `ready` has passed.
  void hand_over(std::size_t lane, Event ready, const std::shared_ptr<Returned<Device>>& returned,
      std::vector<std::vector<ImageHandle>>& out) {
    for (std::size_t k = 0; k < places_.size(); ++k) {
      const Derivation& d = requests_[places_[k]];
      const Geometry made = made_by(d);
      auto memory = std::make_shared<Resident<Device>>(lane, stage_->take(k), made.size, ready, returned);
      out[places_[k]] = {std::make_shared<DeviceImage<Device>>(
          made, sources_[places_[k]].type(), std::array<std::int64_t, 3>{}, std::move(memory))};
    }
  }

 private:
  static Geometry made_by(const Derivation& d) {
    return d.kind == Derivation::Kind::interpolate ? crop(d.grid, d.box) : d.grid;
  }

  std::span<const Derivation> requests_;
  const std::vector<Volume>& sources_;
  Blocks<Device> blocks_;
  std::vector<std::size_t> places_;
  std::optional<preprocess::ResampleStage<Device>> stage_;
  Settle<Device> settle_;
};

/// Those of the requests whose images are computed in T, in one batch.
template <class T, AnyDevice Device>
class WaveletDerivations {
 public:
  WaveletDerivations(
      Device& device, Stream stream, std::span<const Derivation> requests, const std::vector<Volume>& sources)
      : requests_(requests), sources_(sources), blocks_(device, stream), settle_(device, stream) {
    std::vector<typename wavelet::Stage<T, Device>::Wanted> batch;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const Derivation& d = requests[i];
      if (!is_wavelet(d) || (sources[i].type() == ScalarType::float32) != std::is_same_v<T, float>) continue;
      // Only what the filter reaches crosses the bus.
      const filters::Request request{*d.settings, d.convention, d.images};
      Box needed = wavelet::needed_by(request, d.box, {d.whole, sources[i].geometry().spacing_mm});
      const auto first = needed.first;
      for (int k = 0; k < 3; ++k) needed.first[k] -= d.first[k];
      const Volume block = crop(sources[i], needed);
      const auto there = blocks_.send(block);
      for (const int level : levels_of(d)) {
        std::vector<wavelet::Band> bands;
        for (std::size_t j = 0; j < d.images.size(); ++j)
          if (d.images[j].index == level) {
            places_.push_back({i, j, batch.size(), d.images[j].band});
            bands.push_back(d.images[j].band);
          }
        batch.push_back({{there, block.type(), block.geometry().size, first, d.whole}, d.box,
            wavelet::request_of(request, level), bands});
      }
    }
    if (!batch.empty()) stage_.emplace(device, stream, batch);
  }

  /// Puts the images where they belong. They are written when `ready` has passed.
  void hand_over(std::size_t lane, Event ready, const std::shared_ptr<Returned<Device>>& returned,
      std::vector<std::vector<ImageHandle>>& out) {
    for (const auto& p : places_) {
      const Derivation& d = requests_[p.request];
      Box within = d.box;
      for (int k = 0; k < 3; ++k) within.first[k] -= d.first[k];
      auto memory = std::make_shared<Resident<Device>>(
          lane, stage_->take(p.job, p.band).into_bytes(), d.box.size, ready, returned);
      out[p.request][p.image] = std::make_shared<DeviceImage<Device>>(crop(sources_[p.request].geometry(), within),
          scalar_type_of<T>(), std::array<std::int64_t, 3>{}, std::move(memory));
    }
  }

 private:
  struct Place {
    std::size_t request, image, job;
    wavelet::Band band;
  };
  static std::vector<int> levels_of(const Derivation& d) {
    std::vector<int> levels;
    for (const auto& image : d.images)
      if (std::find(levels.begin(), levels.end(), image.index) == levels.end()) levels.push_back(image.index);
    return levels;
  }

  std::span<const Derivation> requests_;
  const std::vector<Volume>& sources_;
  Blocks<Device> blocks_;
  std::vector<Place> places_;
  std::optional<wavelet::Stage<T, Device>> stage_;
  Settle<Device> settle_;
};

}  // namespace detail

/// Makes the images of every request on the device, where they stay. `source(handle)` gives a source's voxels on the host.
/// Throws Error(usage), DeviceOutOfMemory, DeviceLost.
template <AnyDevice Device, class SourceOf>
std::vector<std::vector<ImageHandle>> derive_on(Device& device, std::size_t lane, Stream stream,
    std::span<const Derivation> requests, const SourceOf& source, const std::shared_ptr<Returned<Device>>& returned) {
  std::vector<std::vector<ImageHandle>> out;
  std::vector<Volume> sources;
  for (const auto& d : requests) {
    out.emplace_back(is_wavelet(d) ? d.images.size() : 1);
    sources.push_back(source(d.source));
  }
  detail::ResampleDerivations<Device> resampled(device, stream, requests, sources);
  detail::WaveletDerivations<float, Device> single(device, stream, requests, sources);
  detail::WaveletDerivations<double, Device> twice(device, stream, requests, sources);
  const Event ready = device.record(stream);
  device.synchronise(ready);  // tables and staging go with the stages
  resampled.hand_over(lane, ready, returned, out);
  single.hand_over(lane, ready, returned, out);
  twice.hand_over(lane, ready, returned, out);
  return out;
}

/// A device's image on the host. Throws DeviceOutOfMemory, DeviceLost.
template <AnyDevice Device>
Volume bring_home(Device& device, const DeviceImage<Device>& image) {
  const auto& there = *image.resident();
  Pinned<std::uint8_t, Device> home(device, there.memory.size());
  const Stream stream = 0;
  device.wait(stream, there.ready);
  download(device, home, there.memory.span(), stream);
  device.synchronise(device.record(stream));
  Geometry whole = image.geometry();
  whole.size = there.size;
  const std::size_t bytes = std::size_t(home.size());
  const std::shared_ptr<std::uint8_t[]> memory(new std::uint8_t[bytes]);
  std::memcpy(memory.get(), home.data(), bytes);
  const Volume volume(whole, image.type(), std::shared_ptr<const void>(memory, memory.get()));
  const Volume part = crop(volume, {image.first(), image.geometry().size});
  return Volume(image.geometry(), image.type(), part.owner());
}

}  // namespace radloom::backend
