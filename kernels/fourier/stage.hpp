#pragma once
#include <algorithm>
#include <array>
#include <vector>

#include "backend/cuda/device.hpp"
#include "filters/common/convolve.hpp"
#include "filters/gabor/plan.hpp"
#include "kernels/common/image_on_device.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/fourier/tables.hpp"
#include "kernels/fourier/transform_lines.hpp"

namespace radloom::fourier {

/// The filters of the standard that are made in the Fourier domain, of a batch of images. The constructor puts them on the stream; the results can be
/// used by work put there afterwards.
///
/// Launches: one an axis there and one back, for all images and responses; and for each plane and orientation of Gabor filters two, and two more a
/// plane. Device memory: 16 bytes a voxel of the whole image (of its slices, where they are transformed alone) and as many for each
/// response, of slices padded by the filter's radius and for each orientation, besides the results.
template <class Device>
class Stage {
 public:
  /// An image whose spectrum is multiplied.
  struct Multiplied {
    ImageOnDevice image;  ///< all of it
    Box box;
    std::array<bool, 3> axes;  ///< that are transformed along
    std::vector<Response> responses;
  };
  /// An image that is filtered in planes.
  struct Waved {
    ImageOnDevice image;  ///< whole slices
    Box box;
    const Settings* settings;
  };

  /// Every line has a kernel (`has_kernel`). Throws DeviceOutOfMemory.
  Stage(Device& device, backend::Stream stream, const std::vector<Multiplied>& multiplied,
      const std::vector<Waved>& waved)
      : device_(device), stream_(stream) {
    lay_out(multiplied, waved);
    table_ = {device, stream, tables_.numbers()};
    multiply(multiplied);
    filter_planes(waved);
  }

  /// Response `k` of multiplied image `i`, which is given away.
  backend::Buffer<double, Device> take(std::size_t i, std::size_t k) { return std::move(multiplied_[first_[i] + k]); }
  /// Result of image `i` filtered in planes, which is given away.
  backend::Buffer<double, Device> take_waved(std::size_t i) { return std::move(waved_[i]); }

 private:
  using Index = std::array<std::int64_t, 3>;
  using Numbers = backend::Buffer<Complex, Device>;

  static Index strides(const Index& size) { return {1, size[0], size[0] * size[1]}; }
  static std::int64_t volume(const Index& size) { return size[0] * size[1] * size[2]; }
  /// The axes that lines along `axis` lie side by side in.
  static std::array<int, 2> beside(int axis) { return {axis == 0 ? 1 : 0, axis == 2 ? 1 : 2}; }
  static Layout layout(const Index& size, const Index& origin, int axis) {
    const Index s = strides(size);
    const auto [inner, outer] = beside(axis);
    return {origin[0] * s[0] + origin[1] * s[1] + origin[2] * s[2], s[axis], s[inner], s[outer]};
  }

  /// One launch, for all that is to be transformed at a time.
  void launch(const std::vector<LineJob>& jobs) {
    if (jobs.empty()) return;
    std::vector<LineTile> tiles;
    std::int64_t most = 0;
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      for (std::int64_t first = 0; first < jobs[j].lines(); first += lines_at_once(jobs[j].plan.m))
        tiles.push_back({std::int32_t(j), first});
      most = std::max(most, TransformLines::shared_numbers(jobs[j].plan.m));
    }
    const auto& job_table = jobs_.emplace_back(device_, stream_, jobs);
    const auto& tile_table = tiles_.emplace_back(device_, stream_, tiles);
    device_.launch(TransformLines{job_table.span(), tile_table.span(), table_.span()},
        {tile_table.size(), tuning::threads, std::size_t(most) * sizeof(Complex)}, stream_);
  }

  /// What transforms look up must be known before the first.
  void lay_out(const std::vector<Multiplied>& multiplied, const std::vector<Waved>& waved) {
    for (const auto& w : multiplied) {
      for (int d = 0; d < 3; ++d)
        if (w.axes[d]) tables_.plan(w.image.whole[d]);
      first_.push_back(multiplied_.size());
      for (std::size_t k = 0; k < w.responses.size(); ++k) multiplied_.emplace_back(device_, stream_, w.box.voxels());
    }
    for (const auto& w : waved) {
      auto& planes = planes_.emplace_back();
      for (const int axis : gabor::across(*w.settings)) {
        planes.push_back(gabor::plane(*w.settings, axis, {w.image.whole, w.image.spacing_mm}));
        tables_.plan(planes.back().na);
        tables_.plan(planes.back().nb);
      }
      waved_.emplace_back(device_, stream_, w.box.voxels());
    }
  }

  // ---- spectra that are multiplied

  /// Axes that are not transformed along hold the box alone.
  static Index size_of(const Multiplied& w) {
    Index size;
    for (int d = 0; d < 3; ++d) size[d] = w.axes[d] ? w.image.whole[d] : w.box.size[d];
    return size;
  }
  /// A transform along an axis of an array of this size; along others, what `from` and `count` say.
  LineJob job_along(int axis, const Index& size, const Index& from, const Index& count) {
    LineJob job{};
    job.plan = tables_.plan(size[axis]);
    const auto [inner, outer] = beside(axis);
    job.inner = count[inner];
    job.outer = count[outer];
    job.kept = size[axis];
    job.source = job.target = layout(size, from, axis);
    return job;
  }

  void multiply(const std::vector<Multiplied>& wanted) {
    std::vector<Numbers> spectra;
    std::vector<std::vector<Numbers>> products;
    for (const auto& w : wanted) {
      spectra.emplace_back(device_, stream_, volume(size_of(w)));
      auto& of = products.emplace_back();
      for (std::size_t k = 0; k < w.responses.size(); ++k) of.emplace_back(device_, stream_, volume(size_of(w)));
    }
    for (int axis = 0; axis < 3; ++axis) {
      std::vector<LineJob> jobs;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto& w = wanted[i];
        if (!w.axes[axis]) continue;
        LineJob job = job_along(axis, size_of(w), {}, size_of(w));
        job.numbers = job.out = spectra[i].span();
        job.from = From::numbers;
        if (axis == first_axis(w)) {
          Index origin{};
          for (int d = 0; d < 3; ++d)
            if (!w.axes[d]) origin[d] = w.box.first[d] - w.image.first[d];
          job.from = From::image;
          job.source = layout(w.image.size, origin, axis);
          job.image = w.image.voxels;
          job.type = w.image.type;
          job.voxels = volume(w.image.size);
        }
        jobs.push_back(job);
      }
      launch(jobs);
    }
    for (int axis = 0; axis < 3; ++axis) {
      std::vector<LineJob> jobs;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto& w = wanted[i];
        if (!w.axes[axis]) continue;
        const Index size = size_of(w);
        Index from{}, count = size;  // along axes that are done, what the box holds
        for (int d = 0; d < axis; ++d)
          if (w.axes[d]) {
            from[d] = w.box.first[d];
            count[d] = w.box.size[d];
          }
        for (std::size_t k = 0; k < w.responses.size(); ++k) {
          LineJob job = job_along(axis, size, from, count);
          job.inverse = true;
          job.first = w.box.first[axis];
          job.kept = w.box.size[axis];
          job.target.first += job.first * job.target.step;
          job.from = axis == first_axis(w) ? From::response : From::numbers;
          job.numbers = axis == first_axis(w) ? spectra[i].span() : products[i][k].span();
          job.response = w.responses[k];
          for (int d = 0; d < 3; ++d) {
            job.response.along[d] = w.axes[d];
            job.response.size[d] = size[d];
          }
          job.out = products[i][k].span();
          if (axis == last_axis(w)) {
            job.into = Into::real;
            job.result = multiplied_[first_[i] + k].span();
            job.target = layout(w.box.size, {}, axis);
          }
          jobs.push_back(job);
        }
      }
      launch(jobs);
    }
  }
  static int first_axis(const Multiplied& w) { return w.axes[0] ? 0 : w.axes[1] ? 1 : 2; }
  static int last_axis(const Multiplied& w) { return w.axes[2] ? 2 : w.axes[1] ? 1 : 0; }

  // ---- planes of waves

  /// A plane of an image on its way.
  struct Work {
    std::size_t image;
    const gabor::Plane& plane;
    Table<std::int32_t, Device> places, rows;
    Table<gabor::Wave, Device> waves;
    Numbers spectra, filters, products;

    std::int64_t numbers() const { return plane.na * plane.nb; }
  };

  void filter_planes(const std::vector<Waved>& wanted) {
    std::size_t most = 0;
    for (const auto& planes : planes_) most = std::max(most, planes.size());
    for (std::size_t number = 0; number < most; ++number) {
      std::vector<Work> works;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        if (number < planes_[i].size()) works.push_back(begin(wanted[i], i, planes_[i][number]));
      for (const bool rows : {true, false}) {
        std::vector<LineJob> jobs;
        for (const auto& w : works)
          for (const bool filters : {false, true}) jobs.push_back(there(wanted[w.image], w, rows, filters));
        launch(jobs);
      }
      std::int64_t orientations = 0;
      for (const auto& w : works) orientations = std::max(orientations, w.waves.size());
      for (std::int64_t k = 0; k < orientations; ++k)
        for (const bool rows : {false, true}) {
          std::vector<LineJob> jobs;
          for (const auto& w : works)
            if (k < w.waves.size()) jobs.push_back(back(wanted[w.image], w, rows, number, k));
          launch(jobs);
        }
      // The tables of these planes are on their way to the device.
      for (auto& w : works) {
        places_.push_back(std::move(w.places));
        places_.push_back(std::move(w.rows));
        waves_.push_back(std::move(w.waves));
      }
    }
  }

  Work begin(const Waved& w, std::size_t i, const gabor::Plane& plane) {
    const auto within = [&](const std::vector<std::int64_t>& places, int axis) {
      std::vector<std::int32_t> out;
      for (const std::int64_t at : places) out.push_back(at < 0 ? -1 : std::int32_t(at - w.image.first[axis]));
      return out;
    };
    const auto waves = gabor::waves(*w.settings);
    const std::int64_t slices = w.box.size[plane.across], numbers = plane.na * plane.nb;
    return {i, plane, {device_, stream_, within(plane.pa, plane.a)}, {device_, stream_, within(plane.pb, plane.b)},
        {device_, stream_, waves}, {device_, stream_, slices * numbers},
        {device_, stream_, std::int64_t(waves.size()) * numbers},
        {device_, stream_, slices * plane.na * w.box.size[plane.b]}};
  }

  /// Of the image's slices, or of the filters: rows, then columns.
  LineJob there(const Waved& w, const Work& work, bool rows, bool filters) {
    const auto& p = work.plane;
    LineJob job{};
    job.plan = tables_.plan(rows ? p.na : p.nb);
    job.kept = job.plan.n;
    job.inner = rows ? p.nb : p.na;
    job.outer = filters ? work.waves.size() : w.box.size[p.across];
    job.target = {0, rows ? 1 : p.na, rows ? p.na : 1, work.numbers()};
    job.source = job.target;
    const auto& numbers = filters ? work.filters : work.spectra;
    job.numbers = job.out = numbers.span();
    job.from = From::numbers;
    if (!rows) return job;
    if (filters) {
      job.from = From::wave;
      job.waves = work.waves.span();
      job.wave.size[0] = p.na;
      job.wave.size[1] = p.nb;
      job.wave.radius[0] = p.ra;
      job.wave.radius[1] = p.rb;
      job.wave.spacing_mm[0] = w.image.spacing_mm[p.a];
      job.wave.spacing_mm[1] = w.image.spacing_mm[p.b];
      return job;
    }
    const Index s = strides(w.image.size);
    job.from = From::image;
    job.source = {(w.box.first[p.across] - w.image.first[p.across]) * s[p.across], s[p.a], s[p.b], s[p.across]};
    job.image = w.image.voxels;
    job.type = w.image.type;
    job.voxels = volume(w.image.size);
    job.places = work.places.span();
    job.rows = work.rows.span();
    return job;
  }

  /// Of the product with the filter of an orientation: columns, of which what lies in the box is kept, then rows, whose modulus is pooled.
  LineJob back(const Waved& w, const Work& work, bool rows, std::size_t number, std::int64_t orientation) {
    const auto& p = work.plane;
    const std::int64_t high = w.box.size[p.b];
    LineJob job{};
    job.inverse = true;
    job.plan = tables_.plan(rows ? p.na : p.nb);
    job.inner = rows ? high : p.na;
    job.outer = w.box.size[p.across];
    const Layout columns{0, p.na, 1, p.na * high};
    if (!rows) {
      job.from = From::product;
      job.source = {0, p.na, 1, work.numbers()};
      job.numbers = work.spectra.span();
      job.spectrum = work.filters.span().part(orientation * work.numbers(), work.numbers());
      job.first = p.rb + w.box.first[p.b];
      job.kept = high;
      job.target = columns;
      job.out = work.products.span();
      return job;
    }
    const std::size_t count = std::size_t(work.waves.size()) * planes_[work.image].size();
    const bool last = orientation + 1 == work.waves.size() && number + 1 == planes_[work.image].size();
    const Index s = strides(w.box.size);
    job.from = From::numbers;
    job.source = {0, 1, p.na, p.na * high};
    job.numbers = work.products.span();
    job.first = p.ra + w.box.first[p.a];
    job.kept = w.box.size[p.a];
    job.target = {0, s[p.a], s[p.b], s[p.across]};
    job.into = Into::modulus;
    job.result = waved_[work.image].span();
    job.ending = {orientation == 0 && number == 0, filters::merge_of(w.settings->filter_pooling)};
    if (last) job.ending.divisor = filters::divisor(job.ending.merge, count);
    return job;
  }

  Device& device_;
  backend::Stream stream_;
  Tables tables_;
  Table<Complex, Device> table_;
  std::vector<std::size_t> first_;  ///< response of each multiplied image
  std::vector<backend::Buffer<double, Device>> multiplied_, waved_;
  std::vector<std::vector<gabor::Plane>> planes_;  ///< of each image
  std::vector<Table<LineJob, Device>> jobs_;
  std::vector<Table<LineTile, Device>> tiles_;
  std::vector<Table<std::int32_t, Device>> places_;
  std::vector<Table<gabor::Wave, Device>> waves_;
};

}  // namespace radloom::fourier
