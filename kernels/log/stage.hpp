#pragma once
#include "backend/cuda/device.hpp"
#include "filters/log/plan.hpp"
#include "kernels/common/image_on_device.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/log/filter_rows.hpp"

namespace radloom::log {

/// The recursive Laplacian of a Gaussian of a batch of images, at several widths each: nine launches, three a term, whatever the number of
/// images and widths. The constructor puts them on the stream; the responses can be used by work put there afterwards.
template <class Device>
class Stage {
 public:
  /// The whole image, at least 4 voxels along each axis, as `laplacian` takes it on the host.
  struct Wanted {
    ImageOnDevice image;
    Box box;
    std::vector<double> sigma_mm;
  };

  /// Throws Error(usage) where a block is not the whole image or too small, DeviceOutOfMemory.
  Stage(Device& device, backend::Stream stream, const std::vector<Wanted>& batch) : device_(device), stream_(stream) {
    std::vector<Work> works;
    for (const auto& w : batch) {
      check_whole(w.image.size, w.image.whole);
      first_.push_back(works.size());
      for (const double sigma : w.sigma_mm) {
        works.push_back({w, sigma, {}});
        results_.emplace_back(device, stream, w.box.voxels());
      }
    }
    for (int axis = 0; axis < 3; ++axis)
      for (int step = 0; step < 3; ++step) pass(works, axis, step);
  }

  /// The response of image `i` to its width `k`, which is given away.
  backend::Buffer<float, Device> take(std::size_t i, std::size_t k) { return std::move(results_[first_[i] + k]); }

 private:
  /// A response on its way.
  struct Work {
    const Wanted& wanted;
    double sigma_mm;
    backend::Buffer<float, Device> current;  ///< what the pass before made
  };

  /// The pass number `step` of the term that has its second derivative along `axis`. All go along one axis.
  void pass(std::vector<Work>& works, int axis, int step) {
    std::vector<LineJob> jobs;
    std::vector<LineTile> tiles;
    std::vector<backend::Buffer<float, Device>> made;
    std::vector<backend::Buffer<double, Device>> waiting;
    const int along = axes_of_term(axis)[step];
    for (std::size_t w = 0; w < works.size(); ++w) {
      const auto& [image, box, widths] = works[w].wanted;
      const Term term = term_along(axis, image.whole, image.spacing_mm, box);
      const auto& size = term.size[step];
      LineJob job{};
      job.type = step == 0 ? image.type : ScalarType::float32;
      job.in = step == 0 ? image.voxels : as_bytes(works[w].current.span());
      job.into = step < 2 ? Into::place : axis == 0 ? Into::first_term : Into::next_term;
      job.inner = job.outer = 1;
      for (int d = 0; d < 3; ++d)
        if (d != along) (d < along ? job.inner : job.outer) *= size[d];
      job.n = std::int32_t(size[along]);
      job.first = std::int32_t(box.first[along]);
      job.kept = std::int32_t(box.size[along]);
      job.filter = filter_at(step, works[w].sigma_mm, image.spacing_mm[along]);
      job.scale = term.scale;
      job.causal = waiting.emplace_back(device_, stream_, term.voxels(step + 1)).span();
      auto& next = made.emplace_back();
      if (step < 2) next = {device_, stream_, term.voxels(step + 1)};
      job.out = step < 2 ? next.span() : results_[w].span();
      for (std::int64_t first = 0; first < job.lines(); first += tuning::threads)
        tiles.push_back({std::int32_t(jobs.size()), first});
      jobs.push_back(job);
    }
    if (jobs.empty()) return;
    const auto& job_table = jobs_.emplace_back(device_, stream_, jobs);
    const auto& tile_table = tiles_.emplace_back(device_, stream_, tiles);
    if (along == 0)
      device_.launch(FilterRows{job_table.span(), tile_table.span()},
          {tile_table.size(), tuning::threads, shared_room<double>(tuning::threads / 32 * tuning::tile_words)},
          stream_);
    else
      device_.launch(
          FilterLines{job_table.span(), tile_table.span()}, {tile_table.size(), tuning::threads, 0}, stream_);
    for (std::size_t w = 0; w < works.size(); ++w) works[w].current = std::move(made[w]);
  }

  Device& device_;
  backend::Stream stream_;
  std::vector<std::size_t> first_;  ///< response of each image
  std::vector<backend::Buffer<float, Device>> results_;
  std::vector<Table<LineJob, Device>> jobs_;
  std::vector<Table<LineTile, Device>> tiles_;
};

}  // namespace radloom::log
