#pragma once
#include <memory>

#include "backend/cuda/device.hpp"
#include "filters/wavelet/coefficients.hpp"
#include "filters/wavelet/plan.hpp"
#include "kernels/common/image_on_device.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/wavelet/filter_axis.hpp"

namespace radloom::wavelet {

/// The undecimated separable wavelet transform of a batch of images, T being float for float32 images and double for all others. Three
/// launches a level, whatever the number of images. The constructor puts them on the stream; the sub-bands can be used by work put
/// there afterwards.
template <class T, class Device>
class Stage {
 public:
  struct Wanted {
    ImageOnDevice image;
    Box box;
    Request request;
    std::vector<Band> bands;
  };

  /// Throws Error(usage) where a block lacks voxels, DeviceOutOfMemory.
  Stage(Device& device, backend::Stream stream, const std::vector<Wanted>& batch) : device_(device), stream_(stream) {
    int levels = 0;
    std::vector<T> taps{T(1)};  // of an axis that is not decomposed
    for (const auto& w : batch) {
      Work& work = *works_.emplace_back(std::make_unique<Work>());
      work.filters = filters_of<T>(w.request.wavelet);
      work.parts = stretches(w.box, w.image.whole, w.request, int(work.filters.low.size()));
      work.first_tap = std::int64_t(taps.size());
      taps.insert(taps.end(), work.filters.low.begin(), work.filters.low.end());
      taps.insert(taps.end(), work.filters.high.begin(), work.filters.high.end());
      work.results.resize(8);
      for (const Band b : w.bands) work.results[b] = {device_, stream_, w.box.voxels()};
      levels = std::max(levels, w.request.level);
    }
    taps_ = {device_, stream_, taps};
    for (int level = 1; level <= levels; ++level)
      for (int axis = 0; axis < 3; ++axis) pass(batch, level, axis);
  }

  /// The sub-band `band` of image `i`, which is given away.
  backend::Buffer<T, Device> take(std::size_t i, Band band) { return std::move(works_[i]->results[band]); }

 private:
  /// An image on its way. `current` are the arrays the next pass reads, by the bits of the axes that were passed.
  struct Work {
    FilterPair<T> filters;
    std::vector<std::array<Stretch, 3>> parts;
    std::int64_t first_tap = 0;  ///< of the low filter in the batch's table; the high one follows
    std::vector<backend::Buffer<T, Device>> current, results;
  };

  void pass(const std::vector<Wanted>& batch, int level, int axis) {
    std::vector<AxisJob<T>> jobs;
    std::vector<AxisTile> tiles;
    std::vector<std::int32_t> places;                      // the tables `index` and `wrapped` of all jobs
    std::vector<std::array<std::int64_t, 2>> first_place;  // of each job
    std::vector<std::vector<backend::Buffer<T, Device>>> done(works_.size());
    for (std::size_t w = 0; w < works_.size(); ++w) {
      const Wanted& wanted = batch[w];
      Work& work = *works_[w];
      if (level > wanted.request.level) continue;
      const bool last = level == wanted.request.level;
      const AxisStep step = axis_step(wanted.request, axis, int(work.filters.low.size()), level);
      const auto& out = work.parts[level];
      // The input: of the image's own block at first, then of what the level before made.
      std::array<AxisField, 3> field;
      for (int d = 0; d < 3; ++d) {
        const std::int64_t period = period_of(wanted.request, wanted.image.whole[d]);
        field[d] = level == 1
                       ? AxisField{wanted.image.first[d], wanted.image.size[d], wanted.image.whole[d], period}
                       : AxisField{work.parts[level - 1][d].first, work.parts[level - 1][d].size, period, period};
      }
      AxisJob<T> job{};
      job.in_n = std::int32_t(field[axis].size);
      job.out_n = std::int32_t(out[axis].size);
      job.inner = job.outer = 1;
      for (int d = 0; d < 3; ++d)
        if (d != axis) (d < axis ? job.inner : job.outer) *= d < axis ? out[d].size : field[d].size;
      job.taps = step.taps;
      job.dilation = step.dilation;
      const auto first_index = std::int64_t(places.size());
      for (std::int64_t i = -step.before(); i < out[axis].size + step.after(); ++i)
        places.push_back(std::int32_t(field[axis].at(out[axis].first + i)));
      const auto first_wrapped = std::int64_t(places.size());
      for (std::int64_t i = 0; i < out[axis].size; ++i)
        places.push_back(wrapped_taps(
            modulo(out[axis].first + i, field[axis].period), field[axis].period, step.taps, step.dilation));
      const Span<const T> one = taps_.span().part(0, 1);
      const auto length = std::int64_t(work.filters.low.size());
      job.low_taps = step.taps == 1 ? one : taps_.span().part(work.first_tap, length);
      job.high_taps = step.taps == 1 ? one : taps_.span().part(work.first_tap + length, length);
      const auto needed = [&](Band bands) {  // is a result wanted whose bits up to this axis are these?
        const Band mask = (2u << axis) - 1;
        if (!last) return bands == 0;
        for (const Band b : wanted.bands)
          if ((b & mask) == bands) return true;
        return false;
      };
      const int arrays = axis == 0 ? 1 : 1 << axis;
      done[w].resize(std::size_t(2) << axis);
      for (int a = 0; a < arrays; ++a) {
        if (axis > 0 && work.current[std::size_t(a)].size() == 0) continue;
        const bool of_image = axis == 0 && level == 1;
        job.type = of_image ? wanted.image.type : scalar_type_of<T>();
        job.in = of_image ? wanted.image.voxels : as_bytes(work.current[std::size_t(a)].span());
        const auto result = [&](Band bands) -> Span<T> {
          if (!needed(bands)) return {};
          if (axis == 2 && last) return work.results[bands].span();
          auto& buffer = done[w][bands];
          buffer = {device_, stream_, job.samples()};
          return buffer.span();
        };
        job.low = result(Band(a));
        job.high = result(Band(a) | 1u << axis);
        if (!job.low.data && !job.high.data) continue;
        for (std::int64_t first = 0; first < job.samples(); first += tuning::tile_samples)
          tiles.push_back({std::int32_t(jobs.size()), first});
        jobs.push_back(job);
        first_place.push_back({first_index, first_wrapped});
      }
    }
    if (!tiles.empty()) {
      const auto table = places_.emplace_back(device_, stream_, places).span();
      for (std::size_t j = 0; j < jobs.size(); ++j) {
        const auto [index, wrapped] = first_place[j];
        jobs[j].index = table.part(index, wrapped - index);
        jobs[j].wrapped = table.part(wrapped, jobs[j].out_n);
      }
      const auto& job_table = jobs_.emplace_back(device_, stream_, jobs);
      const auto& tile_table = tiles_.emplace_back(device_, stream_, tiles);
      device_.launch(
          FilterAxis<T>{job_table.span(), tile_table.span()}, {tile_table.size(), tuning::threads, 0}, stream_);
    }
    for (std::size_t w = 0; w < works_.size(); ++w)
      if (level <= batch[w].request.level) works_[w]->current = std::move(done[w]);
  }

  Device& device_;
  backend::Stream stream_;
  std::vector<std::unique_ptr<Work>> works_;
  Table<T, Device> taps_;
  std::vector<Table<std::int32_t, Device>> places_;
  std::vector<Table<AxisJob<T>, Device>> jobs_;
  std::vector<Table<AxisTile, Device>> tiles_;
};

}  // namespace radloom::wavelet
