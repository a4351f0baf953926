#pragma once
#include <cstring>
#include <functional>

#include "backend/cuda/device_image.hpp"
#include "filters/common/convolve.hpp"
#include "filters/gradient/gradient.hpp"
#include "filters/laws/laws.hpp"
#include "filters/log/image_type.hpp"
#include "filters/log/kernel.hpp"
#include "filters/mean/mean.hpp"
#include "filters/riesz/riesz.hpp"
#include "filters/wavelet/image_type.hpp"
#include "kernels/convolve/stage.hpp"
#include "kernels/fourier/stage.hpp"
#include "kernels/gradient/stage.hpp"
#include "kernels/log/stage.hpp"
#include "kernels/pointwise/stage.hpp"
#include "kernels/preprocess/resample_stage.hpp"
#include "kernels/wavelet/stage.hpp"
#include "preprocess/crop.hpp"

namespace radloom::backend {

/// Whether a derivation is made by kernels, and by which.
inline bool is_filter(const Derivation& d, std::string_view image_type) {
  return d.kind == Derivation::Kind::filter && d.image_type == image_type;
}
inline bool is_cyclic_wavelet(const Derivation& d) {
  return is_filter(d, "Wavelet") && wavelet::is_cyclic(*d.settings, d.convention);
}
inline bool is_recursive_laplacian(const Derivation& d) {
  return is_filter(d, "LoG") && d.convention == Convention::pyradiomics;
}
inline bool is_separable(const Derivation& d) {
  return is_filter(d, "Mean") || is_filter(d, "Laws") || (is_filter(d, "LoG") && d.convention == Convention::ibsi) ||
         (is_filter(d, "Wavelet") && !is_cyclic_wavelet(d));
}
inline bool is_square_or_root(const Derivation& d) { return is_filter(d, "Square") || is_filter(d, "SquareRoot"); }
inline bool is_gradient(const Derivation& d) { return is_filter(d, "Gradient"); }
/// A spectrum that is multiplied: Simoncelli's filter, and the Riesz transform of it or of a LoG.
inline bool is_multiplied(const Derivation& d) {
  if (!is_filter(d, "Simoncelli") && !is_filter(d, "Riesz")) return false;
  const auto axes = filters::axes_of(*d.settings);
  for (int k = 0; k < 3; ++k)
    if (axes[k] && !fourier::has_kernel(d.whole[k])) return false;
  return true;
}
/// Planes of Gabor filters.
inline bool is_waved(const Derivation& d) {
  if (!is_filter(d, "Gabor")) return false;
  for (const int axis : gabor::across(*d.settings)) {
    const auto plane = gabor::plane(*d.settings, axis, {d.whole, d.source->geometry().spacing_mm});
    if (!fourier::has_kernel(plane.na) || !fourier::has_kernel(plane.nb)) return false;
  }
  return true;
}
inline bool is_sampled(const Derivation& d) {
  return d.kind == Derivation::Kind::resample || d.kind == Derivation::Kind::interpolate;
}
inline bool has_kernels(const Derivation& d) {
  return is_sampled(d) || is_cyclic_wavelet(d) || is_recursive_laplacian(d) || is_separable(d) ||
         is_square_or_root(d) || is_gradient(d) || is_multiplied(d) || is_waved(d);
}

namespace detail {

/// Voxels on their way to a device: what is pinned and what is there.
template <AnyDevice Device>
class Blocks {
 public:
  Blocks(Device& device, Stream stream) : device_(device), stream_(stream) {}
  Span<const std::uint8_t> send(const Volume& block) { return memory_.emplace_back(give(block)).span(); }
  /// The same, whose memory is given away.
  Buffer<std::uint8_t, Device> give(const Volume& block) {
    const auto bytes = block.geometry().voxels() * std::int64_t(bytes_of(block.type()));
    auto& host = staging_.emplace_back(device_, bytes);
    std::memcpy(host.data(), block.data(), std::size_t(bytes));
    Buffer<std::uint8_t, Device> there(device_, stream_, bytes);
    upload(device_, there.span(), host, bytes, stream_);
    return there;
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

/// Those of the requests that filter: a batch for each kind of filter.
template <AnyDevice Device>
class FilterDerivations {
 public:
  FilterDerivations(
      Device& device, Stream stream, std::span<const Derivation> requests, const std::vector<Volume>& sources)
      : requests_(requests), sources_(sources), device_(device), stream_(stream), blocks_(device, stream),
        settle_(device, stream) {
    decompose(single_);
    decompose(twice_);
    laplacians();
    convolutions();
    squares_and_roots();
    gradients();
    spectra();
  }

  /// Puts the images where they belong. They are written when `ready` has passed.
  void hand_over(std::size_t lane, Event ready, const std::shared_ptr<Returned<Device>>& returned,
      std::vector<std::vector<ImageHandle>>& out) {
    for (const auto& p : places_) {
      const Derivation& d = requests_[p.request];
      auto memory = std::make_shared<Resident<Device>>(lane, p.take(), d.box.size, ready, returned);
      out[p.request][p.image] = std::make_shared<DeviceImage<Device>>(
          made_by(p.request), p.type, std::array<std::int64_t, 3>{}, std::move(memory));
    }
  }

 private:
  /// An image that a request is given, and who has it.
  struct Place {
    std::size_t request, image;
    ScalarType type;
    std::function<Buffer<std::uint8_t, Device>()> take;
  };

  static filters::Request request_of(const Derivation& d) { return {*d.settings, d.convention, d.images}; }
  filters::Grid grid_of(std::size_t i) const { return {requests_[i].whole, sources_[i].geometry().spacing_mm}; }
  Geometry made_by(std::size_t i) const {
    Box within = requests_[i].box;
    for (int k = 0; k < 3; ++k) within.first[k] -= requests_[i].first[k];
    return crop(sources_[i].geometry(), within);
  }

  /// Only what the filter reaches crosses the bus, and once where several boxes of an image need all of it.
  ImageOnDevice send(std::size_t i) {
    const Derivation& d = requests_[i];
    const filters::Grid grid = grid_of(i);
    Box needed = filters::needed(d.image_type, request_of(d), d.box, grid);
    const auto first = needed.first;
    for (const auto& [from, image] : sent_)
      if (from == sources_[i].data() && image.first == first && image.size == needed.size) return image;
    for (int k = 0; k < 3; ++k) needed.first[k] -= d.first[k];
    const Volume block = crop(sources_[i], needed);
    const ImageOnDevice image{blocks_.send(block), block.type(), needed.size, first, grid.size, grid.spacing_mm};
    sent_.emplace_back(sources_[i].data(), image);
    return image;
  }

  /// Sub-bands of the images that are computed in T.
  template <class T>
  void decompose(std::optional<wavelet::Stage<T, Device>>& stage) {
    std::vector<typename wavelet::Stage<T, Device>::Wanted> batch;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const Derivation& d = requests_[i];
      if (!is_cyclic_wavelet(d) || (sources_[i].type() == ScalarType::float32) != std::is_same_v<T, float>) continue;
      const ImageOnDevice image = send(i);
      for (const int level : levels_of(d)) {
        std::vector<wavelet::Band> bands;
        for (std::size_t j = 0; j < d.images.size(); ++j)
          if (d.images[j].index == level) {
            bands.push_back(d.images[j].band);
            places_.push_back({i, j, scalar_type_of<T>(),
                [&stage, job = batch.size(), band = d.images[j].band] { return stage->take(job, band).into_bytes(); }});
          }
        batch.push_back({image, d.box, wavelet::request_of(request_of(d), level), bands});
      }
    }
    if (!batch.empty()) stage.emplace(device_, stream_, batch);
  }
  static std::vector<int> levels_of(const Derivation& d) {
    std::vector<int> levels;
    for (const auto& image : d.images)
      if (std::find(levels.begin(), levels.end(), image.index) == levels.end()) levels.push_back(image.index);
    return levels;
  }

  void laplacians() {
    std::vector<typename log::Stage<Device>::Wanted> batch;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const Derivation& d = requests_[i];
      if (!is_recursive_laplacian(d)) continue;
      std::vector<double> sigma_mm;
      for (std::size_t j = 0; j < d.images.size(); ++j) {
        if (left_out(i, j)) continue;
        places_.push_back({i, j, ScalarType::float32,
            [this, job = batch.size(), k = sigma_mm.size()] { return log_->take(job, k).into_bytes(); }});
        sigma_mm.push_back(log::sigma_of(request_of(d), d.images[j]));
      }
      if (!sigma_mm.empty()) batch.push_back({send(i), d.box, std::move(sigma_mm)});
    }
    if (!batch.empty()) log_.emplace(device_, stream_, batch);
  }

  /// Whether a source of its size has no such image; then it is undefined.
  bool left_out(std::size_t i, std::size_t j) {
    const Derivation& d = requests_[i];
    if (filters::unsuited(d.image_type, request_of(d), d.images[j], grid_of(i)).empty()) return false;
    places_.push_back({i, j, ScalarType::float32, [this, k = undefined_.size()] { return std::move(undefined_[k]); }});
    undefined_.push_back(blocks_.give(filters::undefined(made_by(i))));
    return true;
  }

  void convolutions() {
    std::vector<typename convolve::Stage<Device>::Wanted> batch;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const Derivation& d = requests_[i];
      if (!is_separable(d)) continue;
      const auto plan_of = d.image_type == "Mean"   ? mean::plan
                           : d.image_type == "Laws" ? laws::plan
                           : d.image_type == "LoG"  ? log::plan
                                                    : wavelet::plan;
      std::vector<convolve::Plan> plans;
      for (std::size_t j = 0; j < d.images.size(); ++j) {
        if (left_out(i, j)) continue;
        places_.push_back({i, j, ScalarType::float64,
            [this, job = batch.size(), k = plans.size()] { return convolve_->take(job, k).into_bytes(); }});
        plans.push_back(plan_of(request_of(d), d.images[j], grid_of(i)));
      }
      if (!plans.empty()) batch.push_back({send(i), d.box, std::move(plans)});
    }
    if (!batch.empty()) convolve_.emplace(device_, stream_, batch);
  }

  void squares_and_roots() {
    std::vector<typename pointwise::Stage<Device>::Wanted> batch;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const Derivation& d = requests_[i];
      if (!is_square_or_root(d)) continue;
      places_.push_back(
          {i, 0, ScalarType::float64, [this, job = batch.size()] { return pointwise_->take(job).into_bytes(); }});
      const bool square = d.image_type == "Square";
      batch.push_back({send(i), d.box, square ? pointwise::Map::square : pointwise::Map::square_root});
    }
    if (!batch.empty()) pointwise_.emplace(device_, stream_, batch);
  }

  void gradients() {
    std::vector<typename gradient::Stage<Device>::Wanted> batch;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const Derivation& d = requests_[i];
      if (!is_gradient(d)) continue;
      places_.push_back(
          {i, 0, ScalarType::float32, [this, job = batch.size()] { return gradient_->take(job).into_bytes(); }});
      batch.push_back({send(i), d.box, gradient::weights(*d.settings, sources_[i].geometry().spacing_mm)});
    }
    if (!batch.empty()) gradient_.emplace(device_, stream_, batch);
  }

  void spectra() {
    std::vector<typename convolve::Stage<Device>::Wanted> laplacians;
    std::vector<typename fourier::Stage<Device>::Multiplied> multiplied;
    std::vector<typename fourier::Stage<Device>::Waved> waved;
    std::vector<std::size_t> of_laplacians;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const Derivation& d = requests_[i];
      if (!is_multiplied(d) && !is_waved(d)) continue;
      const bool of_laplacian = is_filter(d, "Riesz") && d.settings->riesz_filter == "LoG";
      std::vector<fourier::Response> responses;
      for (std::size_t j = 0; j < d.images.size(); ++j) {
        if (left_out(i, j)) continue;
        Place place{i, j, ScalarType::float64, {}};
        if (is_waved(d)) {
          place.take = [this, job = waved.size()] { return fourier_->take_waved(job).into_bytes(); };
          waved.push_back({send(i), d.box, d.settings});
        } else {
          place.take = [this, job = multiplied.size(), k = responses.size()] {
            return fourier_->take(job, k).into_bytes();
          };
          responses.push_back(response_of(d, d.images[j]));
          if (of_laplacian) {
            const Box all{{}, d.whole};
            const auto sigma = d.settings->log_sigma_mm.at(std::size_t(d.images[j].index)).mm;
            laplacians.push_back({send(i), all, {log::sampled(*d.settings, sigma, grid_of(i).spacing_mm)}});
            of_laplacians.push_back(multiplied.size());
            responses.back().level = 0;
            multiplied.push_back({{{}, ScalarType::float64, d.whole, {}, d.whole, grid_of(i).spacing_mm}, d.box,
                filters::axes_of(*d.settings), std::exchange(responses, {})});
          }
        }
        places_.push_back(std::move(place));
      }
      if (!responses.empty())
        multiplied.push_back({send(i), d.box, filters::axes_of(*d.settings), std::move(responses)});
    }
    if (!laplacians.empty()) {
      transformed_.emplace(device_, stream_, laplacians);
      for (std::size_t k = 0; k < laplacians.size(); ++k)
        multiplied[of_laplacians[k]].image.voxels = as_bytes(transformed_->result(k, 0));
    }
    if (!multiplied.empty() || !waved.empty()) fourier_.emplace(device_, stream_, multiplied, waved);
  }
  static fourier::Response response_of(const Derivation& d, const DerivedImage& image) {
    fourier::Response r{};
    r.level = image.index;
    r.turned = d.image_type == "Riesz";
    if (r.turned) r.transform = riesz::transform_of(*d.settings);
    return r;
  }

  std::span<const Derivation> requests_;
  const std::vector<Volume>& sources_;
  Device& device_;
  Stream stream_;
  Blocks<Device> blocks_;
  std::vector<std::pair<const void*, ImageOnDevice>> sent_;  ///< and out of which volume
  std::vector<Place> places_;
  std::optional<wavelet::Stage<float, Device>> single_;
  std::optional<wavelet::Stage<double, Device>> twice_;
  std::optional<log::Stage<Device>> log_;
  std::optional<convolve::Stage<Device>> convolve_;
  std::optional<pointwise::Stage<Device>> pointwise_;
  std::optional<gradient::Stage<Device>> gradient_;
  std::optional<convolve::Stage<Device>> transformed_;  ///< of which fourier_ makes Riesz transforms
  std::optional<fourier::Stage<Device>> fourier_;
  std::vector<Buffer<std::uint8_t, Device>> undefined_;  ///< images that a source of their size has not
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
    out.emplace_back(is_sampled(d) ? 1 : d.images.size());
    sources.push_back(source(d.source));
  }
  detail::ResampleDerivations<Device> resampled(device, stream, requests, sources);
  detail::FilterDerivations<Device> filtered(device, stream, requests, sources);
  const Event ready = device.record(stream);
  device.synchronise(ready);  // tables and staging go with the stages
  resampled.hand_over(lane, ready, returned, out);
  filtered.hand_over(lane, ready, returned, out);
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
