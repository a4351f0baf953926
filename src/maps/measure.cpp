#include "maps/measure.hpp"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "catalogue/indices.hpp"
#include "catalogue/lookup.hpp"
#include "core/large_memory.hpp"
#include "maps/family_map.hpp"
#include "preprocess/discretise.hpp"
#include "preprocess/resegment.hpp"
#include "preprocess/round.hpp"

namespace radloom::maps {
namespace {

constexpr std::size_t slab = 8192;  ///< voxels between two looks at the clock and at the caller's wish to stop
constexpr std::size_t large_slab =
    262'144;  ///< the same of what is measured elsewhere, which is faster and starts slower

/// Columns that one pass over the neighbourhoods makes.
struct Pass {
  Family family;
  Approach approach;
  std::vector<std::size_t> columns;  ///< places among the request's
  bool averaged = false, merged = false, maximal_correlation = false;
};

bool has_directions(Family family) { return family == Family::glcm || family == Family::glrlm; }

bool is_merged(const Column& column, const Request& request) {
  return has_directions(column.feature->family) &&
         (column.aggregation.suffix.ends_with("_mrg") ||
             (request.convention == Convention::pyradiomics &&
                 request.settings->weighting_norm != WeightingNorm::per_direction));
}

/// Slice by slice or slices merged is the same where a neighbourhood has one slice.
Approach approach_of(const Column& column, const Request& request) {
  const auto approach = radloom::approach_of(column.aggregation, *request.settings);
  return approach == Approach::slices ? Approach::merged_slices : approach;
}

std::vector<Pass> passes_of(const Request& request) {
  std::map<std::pair<Family, Approach>, Pass> passes;
  for (std::size_t c = 0; c < request.columns.size(); ++c) {
    const auto& column = request.columns[c];
    const Family family = column.feature->family;
    if (!has_map(family)) throw Error(ErrorCode::internal, "there are no maps of the column " + column.name);
    // Intensities know no approach but that of the settings.
    const Approach approach = approach_of(column, request);
    auto& pass = passes[{family, approach}];
    pass.family = family;
    pass.approach = approach;
    pass.columns.push_back(c);
    (is_merged(column, request) ? pass.merged : pass.averaged) = true;
    pass.maximal_correlation |= family == Family::glcm && column.feature->index == feature::glcm::mcc;
  }
  std::vector<Pass> out;
  for (auto& [key, pass] : passes) out.push_back(std::move(pass));
  return out;
}

/// A volume with as many zeros around it as neighbourhoods reach.
template <class T>
struct Padded {
  std::int64_t radius = 0, stride_y = 0, stride_z = 0;
  std::vector<T> voxels;

  Padded() = default;
  Padded(const Geometry& grid, int reach)
      : radius(reach), stride_y(grid.size[0] + 2 * radius), stride_z(stride_y * (grid.size[1] + 2 * radius)),
        voxels(std::size_t(stride_z * (grid.size[2] + 2 * radius))) {}
  std::int64_t at(std::int64_t x, std::int64_t y, std::int64_t z) const {
    return (z + radius) * stride_z + (y + radius) * stride_y + x + radius;
  }
};

struct Levels {
  Padded<std::uint16_t> padded;
  std::int32_t highest = 0;
  std::size_t present = 0;
};

Levels levels_of(const Volume& image, const Volume& mask, const Request& request) {
  const auto found = discretise(image, mask, *request.settings, request.convention);
  const auto& grid = image.geometry();
  Levels levels{{grid, request.settings->kernel_radius}, found.highest, found.gray_levels.size()};
  std::visit(
      [&](const auto& rows) {
        for (std::int64_t z = 0; z < grid.size[2]; ++z)
          for (std::int64_t y = 0; y < grid.size[1]; ++y)
            std::copy_n(rows.row(y, z), grid.size[0], levels.padded.voxels.begin() + levels.padded.at(0, y, z));
      },
      found.grid);
  return levels;
}

Padded<double> intensities_of(const Volume& image, int radius) {
  const auto& grid = image.geometry();
  Padded<double> padded(grid, radius);
  image.visit([&](auto voxels) {
    for (std::int64_t z = 0, i = 0; z < grid.size[2]; ++z)
      for (std::int64_t y = 0; y < grid.size[1]; ++y, i += grid.size[0])
        std::copy_n(voxels.begin() + i, grid.size[0], padded.voxels.begin() + padded.at(0, y, z));
  });
  return padded;
}

/// What a thread works with: it looks around voxels and lets the family measure that.
class Worker {
 public:
  Worker(std::unique_ptr<FamilyMap> family, const Task& task, std::size_t features)
      : family_(std::move(family)), task_(task), step_(task.steps()), level_(step_.size() * lanes),
        value_(task.intensities.empty() ? 0 : step_.size() * lanes), averaged(features * lanes, NAN),
        merged(features * lanes, NAN) {}
  Worker(const Worker& other)
      : family_(other.family_->copy()), task_(other.task_), step_(other.step_), level_(other.level_.size()),
        value_(other.value_.size()), averaged(other.averaged), merged(other.merged) {}
  Worker& operator=(const Worker&) = delete;

  /// Fills `averaged` and `merged`, [feature][lane], for at most as many voxels as there are lanes.
  void measure(std::span<const std::int64_t> at) {
    gather(at, task_.levels.data(), level_.data());
    if (!value_.empty()) gather(at, task_.intensities.data(), value_.data());
    family_->measure(
        {level_.data(), value_.empty() ? nullptr : value_.data(), int(at.size())}, averaged.data(), merged.data());
  }

 private:
  /// [place][lane] of what lies around the voxels, of which those that lie in a row are taken together.
  template <class T>
  void gather(std::span<const std::int64_t> at, const T* from, T* to) const {
    for (std::size_t lane = 0, next; lane < at.size(); lane = next) {
      for (next = lane + 1; next < at.size() && at[next] == at[next - 1] + 1;) ++next;
      for (std::size_t k = 0; k < step_.size(); ++k)
        std::copy_n(from + at[lane] + step_[k], next - lane, to + k * lanes + lane);
    }
    for (std::size_t k = 0; k < step_.size(); ++k)
      std::fill(to + k * lanes + at.size(), to + (k + 1) * lanes, to[k * lanes + at.size() - 1]);
  }

  std::unique_ptr<FamilyMap> family_;
  const Task& task_;
  std::vector<std::int64_t> step_;
  std::vector<std::uint16_t> level_;
  std::vector<double> value_;

 public:
  std::vector<double> averaged, merged;
};

std::unique_ptr<FamilyMap> make_family(Family family, const Kernel& kernel, const Frame& frame) {
  switch (family) {
    case Family::firstorder: return make_firstorder(kernel, frame);
    case Family::glcm: return make_glcm(kernel, frame);
    case Family::glrlm: return make_glrlm(kernel, frame);
    case Family::glszm: return make_glszm(kernel, frame);
    case Family::gldm: return make_gldm(kernel, frame);
    default: return make_ngtdm(kernel, frame);
  }
}

/// What lies in neighbourhoods: the region, or all of the image.
Volume counting_mask(const Volume& region, const Settings& settings) {
  if (settings.masked_kernel) return region;
  return Volume::from(region.geometry(), std::vector<std::uint8_t>(std::size_t(region.geometry().voxels()), 1));
}

std::vector<std::int64_t> places_of(const Volume& region, int radius) {
  const Padded<std::uint8_t> grid_only = [&] {
    Padded<std::uint8_t> p;
    p.radius = radius;
    p.stride_y = region.geometry().size[0] + 2 * radius;
    p.stride_z = p.stride_y * (region.geometry().size[1] + 2 * radius);
    return p;
  }();
  const auto inside = region.as<std::uint8_t>();
  const auto& size = region.geometry().size;
  std::vector<std::int64_t> places;
  places.reserve(inside.size() - std::size_t(std::count(inside.begin(), inside.end(), std::uint8_t(0))));
  for (std::int64_t z = 0, i = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y)
      for (std::int64_t x = 0; x < size[0]; ++x, ++i)
        if (inside[std::size_t(i)]) places.push_back(grid_only.at(x, y, z));
  return places;
}

/// The values of a pass's columns at every voxel.
class Pages {
 public:
  Pages(const Pass& pass, const Request& request, std::size_t voxels)
      : columns_(pass.columns), features_(radloom::features(pass.family).size()), voxels_(voxels),
        values_(large_memory<double>(columns_.size() * voxels)) {
    for (const auto c : columns_) {
      const auto& column = request.columns[c];
      from_.push_back({std::size_t(column.feature->index), is_merged(column, request)});
    }
  }
  std::size_t features() const { return features_; }
  /// Voxels from `voxel` on: [feature][lane].
  void put(std::size_t voxel, std::size_t voxels, const double* averaged, const double* merged) {
    for (std::size_t c = 0; c < from_.size(); ++c)
      std::copy_n((from_[c].merged ? merged : averaged) + from_[c].feature * lanes, voxels, values(c) + voxel);
  }
  /// One voxel: [feature].
  void put(std::size_t voxel, const double* averaged, const double* merged) {
    for (std::size_t c = 0; c < from_.size(); ++c)
      values(c)[voxel] = (from_[c].merged ? merged : averaged)[from_[c].feature];
  }
  void hand_over(const Receiver& receiver) const {
    for (std::size_t c = 0; c < columns_.size(); ++c) receiver.column(columns_[c], {values(c), voxels_});
  }

 private:
  struct From {
    std::size_t feature;
    bool merged;
  };
  double* values(std::size_t c) const { return values_.get() + c * voxels_; }

  const std::vector<std::size_t>& columns_;
  std::size_t features_, voxels_;
  std::vector<From> from_;
  std::shared_ptr<double[]> values_;  ///< [column][voxel], unset at first: every voxel is put
};

/// What is left of a task from voxel `begin` on, on all threads of the caller's arena.
template <class Done>
void measure_here(const Task& task, std::size_t begin, Pages& pages, const Done& done) {
  const std::size_t voxels = task.at.size();
  if (begin == voxels) return;
  const Worker first(make_family(task.family, task.kernel, task.frame), task, pages.features());
  tbb::enumerable_thread_specific<Worker> workers([&] { return Worker(first); });
  for (std::size_t end; begin < voxels; begin = end) {
    end = std::min(voxels, begin + slab);
    tbb::parallel_for(std::size_t(0), (end - begin + lanes - 1) / lanes, [&](std::size_t block) {
      Worker& worker = workers.local();
      const std::size_t first_voxel = begin + block * lanes, n = std::min<std::size_t>(lanes, end - first_voxel);
      worker.measure(task.at.subspan(first_voxel, n));
      pages.put(first_voxel, n, worker.averaged.data(), worker.merged.data());
    });
    done(end - begin);
  }
}

/// As much of a task as is taken elsewhere; returns how many of its voxels.
template <class Done>
std::size_t measure_elsewhere(const Task& task, const Elsewhere& elsewhere, Pages& pages, const Done& done) {
  const std::size_t voxels = task.at.size(), features = pages.features(),
                    most = std::min<std::size_t>(voxels, large_slab);
  std::vector<double> averaged(task.frame.averaged ? most * features : 0),
      merged(task.frame.merged ? most * features : 0);
  for (std::size_t begin = 0, end; begin < voxels; begin = end) {
    end = std::min(voxels, begin + most);
    Task part = task;
    part.at = task.at.subspan(begin, end - begin);
    if (!elsewhere(part, averaged, merged)) return begin;
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, end - begin, lanes), [&](const auto& range) {
      for (auto v = range.begin(); v < range.end(); ++v)
        pages.put(begin + v, averaged.data() + (averaged.empty() ? 0 : v * features),
            merged.data() + (merged.empty() ? 0 : v * features));
    });
    done(end - begin);
  }
  return voxels;
}

}  // namespace

bool has_map(Family family) noexcept {
  switch (family) {
    case Family::firstorder:
    case Family::glcm:
    case Family::glrlm:
    case Family::glszm:
    case Family::gldm:
    case Family::ngtdm: return true;
    default: return false;
  }
}

std::int64_t neighbourhoods(const Request& request, std::int64_t voxels) {
  return voxels * std::int64_t(passes_of(request).size());
}

void measure(const Volume& image, const Volume& region, const Request& request, const Receiver& receiver,
    std::stop_token stop, const Elsewhere& elsewhere) {
  const Settings& settings = *request.settings;
  const Volume mask = counting_mask(region, settings);
  check_finite(image, mask);
  const Levels levels = levels_of(image, mask, request);
  const auto places = places_of(region, settings.kernel_radius);
  for (const auto& pass : passes_of(request)) {
    Frame frame{settings, request.convention, image.geometry().spacing_mm, levels.highest, levels.present};
    frame.settings.force_2d = pass.approach != Approach::volume;
    frame.averaged = pass.averaged;
    frame.merged = pass.merged;
    frame.maximal_correlation = pass.maximal_correlation;
    const Kernel kernel(settings.kernel_radius, frame.settings.force_2d ? 2 - settings.force_2d_dimension : -1);

    // PyRadiomics works in double precision here, in that of the image elsewhere, and rounds the edges of a number of bins so.
    const bool first_order = pass.family == Family::firstorder;
    const bool own_levels = first_order && settings.bin_count && request.convention == Convention::pyradiomics &&
                            image.type() == ScalarType::float32;
    const Levels in_double_levels = own_levels ? levels_of(in_double(image), mask, request) : Levels{};
    const auto intensities = first_order ? intensities_of(image, settings.kernel_radius) : Padded<double>{};
    const auto& looked_at = own_levels ? in_double_levels : levels;
    const Task all{pass.family, kernel, frame, looked_at.padded.voxels, intensities.voxels, looked_at.padded.stride_y,
        looked_at.padded.stride_z, places};

    Pages pages(pass, request, places.size());
    const auto done = [&](std::size_t neighbourhoods) {
      if (stop.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      if (neighbourhoods && receiver.progress) receiver.progress(std::int64_t(neighbourhoods));
    };
    done(0);
    const std::size_t begun = elsewhere ? measure_elsewhere(all, elsewhere, pages, done) : 0;
    measure_here(all, begun, pages, done);
    pages.hand_over(receiver);
  }
}

Volume painted(const Volume& region, std::span<const double> values, double elsewhere) {
  const auto inside = region.as<std::uint8_t>();
  const auto out = large_memory<double>(inside.size());
  const double* next = values.data();
  for (std::size_t i = 0, begin; i < inside.size();) {
    for (begin = i; i < inside.size() && !inside[i];) ++i;
    std::fill_n(out.get() + begin, i - begin, elsewhere);
    for (begin = i; i < inside.size() && inside[i];) ++i;
    std::copy_n(next, i - begin, out.get() + begin);
    next += i - begin;
  }
  return Volume(region.geometry(), ScalarType::float64, out);
}

}  // namespace radloom::maps
