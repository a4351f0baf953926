#include "engine/extract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "engine/diagnostics.hpp"
#include "engine/labels.hpp"
#include "preprocess/crop.hpp"
#include "preprocess/resampling_grid.hpp"
#include "preprocess/resegment.hpp"
#include "radloom/io.hpp"

namespace radloom {
namespace {

using Clock = std::chrono::steady_clock;

/// Adds the time since its birth to a counter of milliseconds.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum) : sum_(sum) {}
  ~Stopwatch() { sum_ += std::chrono::duration<double, std::milli>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& sum_;
  Clock::time_point start_ = Clock::now();
};

bool is_shape(Family f) { return f == Family::shape || f == Family::shape2d; }

/// A region on its way to the backend.
struct Prepared {
  backend::ImageHandle image;       ///< cropped to the region's box
  Volume shape_mask, texture_mask;  ///< uint8 on that box; the second re-segmented
};

class Case {
 public:
  Case(const Config& config, const std::vector<Column>& columns, const backend::Backend& backend, const Volume& image,
      std::stop_token stop, CaseRecord& record)
      : config_(config), s_(config.settings), backend_(backend), image_(image), stop_(stop), record_(record) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const bool shape = is_shape(columns[c].feature->family);
      (shape ? shape_columns_ : texture_columns_).push_back(columns[c]);
      (shape ? shape_places_ : texture_places_).push_back(c);
    }
    places_ = columns.size();
  }

  void run(Volume mask, const LabelSelection& selection) {
    backend::Batch batch;
    std::vector<Prepared> prepared;
    std::vector<std::size_t> owner;  // of each prepared region, the record's
    {
      const Stopwatch watch(record_.timing_ms.preprocess);
      mask_ = on_the_images_grid(std::move(mask), selection);
      const auto present = find_labels(mask_);
      const auto regions = regions_of(selection, present);
      Source source{backend_.upload(image_), {{}, image_.geometry().size}};
      if (s_.normalize) {  // once for all regions, and no further than they reach
        source.box = reach(regions, present);
        source.image = derive({backend::Derivation::Kind::normalize, source.image, source.box, s_.normalize_scale,
            s_.remove_outliers, {}, {}});
      }
      for (const auto& labels : regions) {
        if (stop_.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
        auto& r = record_.regions.emplace_back();
        r.label = label_text(labels);
        const auto extent = extent_of(labels, present);
        r.voxels = extent.voxels;
        r.bounding_box = extent.box;
        try {
          prepared.push_back(prepare(source, labels, extent, r));
          owner.push_back(record_.regions.size() - 1);
        } catch (const Error& e) {
          if (e.code() == ErrorCode::interrupted) throw;
          fail(r, {std::string(code_name(e.code())), e.what()});
        }
      }
    }
    double measuring = 0;
    for (const auto& p : prepared) {
      if (!shape_columns_.empty())
        batch.regions.push_back({p.image, p.shape_mask, &s_, shape_columns_, config_.convention});
      if (!texture_columns_.empty())
        batch.regions.push_back({p.image, p.texture_mask, &s_, texture_columns_, config_.convention});
    }
    std::vector<backend::Measurement> measured;
    {
      const Stopwatch watch(measuring);
      measured = backend_.measure(batch, stop_);
    }
    split(measuring, measured, record_.timing_ms);
    std::size_t next = 0;
    for (const auto o : owner) {
      auto& r = record_.regions[o];
      r.values.resize(places_);
      if (!shape_columns_.empty()) place(measured[next++], shape_places_, r);
      if (!texture_columns_.empty()) place(measured[next++], texture_places_, r);
    }
    finish();
  }

 private:
  backend::ImageHandle derive(const backend::Derivation& d) const { return backend_.derive({&d, 1}, stop_)[0]; }

  /// The mask, brought to the image's grid where that is allowed and needed. A resampled run lays its own grid over both.
  Volume on_the_images_grid(Volume mask, const LabelSelection& selection) const {
    check_geometry(image_.geometry(), "the image");
    check_geometry(mask.geometry(), "the mask");
    const auto mismatch = describe_mismatch(image_.geometry(), mask.geometry(), s_.geometry_tolerance);
    if (mismatch.empty()) return mask;
    if (!s_.correct_mask)
      throw Error(ErrorCode::geometry_mismatch,
          fmt::format(
              "image and mask do not share a grid: {}; set correctMask (correct_mask) to resample the mask, or raise geometryTolerance",
              mismatch));
    const auto present = find_labels(mask);
    for (const auto& labels : regions_of(selection, present))
      check_inside(image_.geometry(), mask.geometry(), extent_of(labels, present).box);
    return resample_mask(mask, image_.geometry());
  }

  /// The image regions are cut from, and the part of the case's image it is.
  struct Source {
    backend::ImageHandle image;
    Box box;
  };

  /// The voxels that any region needs: its box, and where it is resampled the padding and what interpolation looks at.
  Box reach(
      const std::vector<std::vector<std::int64_t>>& regions, const std::map<std::int64_t, LabelExtent>& present) const {
    std::array<std::int64_t, 3> low = image_.geometry().size, high{};
    for (const auto& labels : regions) {
      const auto box = extent_of(labels, present).box;
      for (int d = 0; d < 3; ++d) {
        std::int64_t margin = 0;
        if (s_.resampled_spacing_mm)
          margin = 80 + std::int64_t(std::ceil(
                            (s_.pad_distance + 1) * (*s_.resampled_spacing_mm)[d] / image_.geometry().spacing_mm[d]));
        low[d] = std::min(low[d], std::max<std::int64_t>(0, box.first[d] - margin));
        high[d] = std::max(high[d], std::min(image_.geometry().size[d], box.first[d] + box.size[d] + margin));
      }
    }
    return {low, {high[0] - low[0], high[1] - low[1], high[2] - low[2]}};
  }

  Prepared prepare(
      const Source& source, const std::vector<std::int64_t>& labels, const LabelExtent& extent, RegionRecord& r) const {
    Prepared p;
    Volume mask;
    const auto grid = resampling_grid(image_.geometry(), mask_.geometry(), extent.box, s_);
    if (grid) {
      mask = select_on(mask_, labels, *grid);
      p.image = derive({backend::Derivation::Kind::resample, source.image, {}, 1, {}, *grid, *s_.interpolator});
    } else {
      mask = select(mask_, labels, extent.box);
      Box box = extent.box;
      for (int d = 0; d < 3; ++d) box.first[d] -= source.box.first[d];
      p.image = derive({backend::Derivation::Kind::crop, source.image, box, 1, {}, {}, {}});
    }
    auto here = extent_of(mask);
    check_size(here, r.label);
    const bool diagnose = config_.convention == Convention::pyradiomics && s_.additional_info;
    Diagnostics diagnostics(r);
    if (diagnose) {
      diagnostics.add_run(config_);
      diagnostics.add_image("original", image_);
      diagnostics.add_mask(
          "original", mask_.geometry(), grid ? select(mask_, labels, extent.box) : mask, extent.box.first, nullptr);
      if (grid) {
        const Volume resampled = backend_.download(p.image);
        diagnostics.add_image("interpolated", resampled);
        diagnostics.add_mask("interpolated", *grid, mask, {0, 0, 0}, &resampled);
      }
    }

    Box box = here.box;
    Volume texture = mask;
    if (!s_.resegment_range.empty()) {
      const Volume image = backend_.download(p.image);
      texture = resegment(image, mask, s_);
      if (diagnose)
        diagnostics.add_mask("resegmented", grid ? *grid : mask_.geometry(), texture,
            grid ? std::array<std::int64_t, 3>{} : extent.box.first, &image);
      here = extent_of(texture);
      if (here.voxels == 0 || (config_.convention == Convention::pyradiomics && here.voxels <= 1))
        throw Error(ErrorCode::resegmentation_empty,
            fmt::format("the intensity range leaves {} of the {} voxels of label {}; widen resegmentRange", here.voxels,
                extent.voxels, r.label));
      check_size(here, r.label);
      box = here.box;
    }
    // Shape is measured within the box that re-segmentation leaves, as PyRadiomics crops it, unless the standard is asked for.
    Box shape_box = config_.convention == Convention::pyradiomics ? box : extent_of(mask).box;
    if (s_.resegment_shape) shape_box = box;
    p.shape_mask = crop(s_.resegment_shape ? texture : mask, shape_box);
    p.texture_mask = crop(texture, box);
    p.image = derive({backend::Derivation::Kind::crop, p.image, box, 1, {}, {}, {}});
    check_finite(backend_.download(p.image), p.texture_mask);
    return p;
  }

  /// PyRadiomics refuses regions of one voxel, of too few dimensions, or too small; the standard leaves features undefined.
  void check_size(const LabelExtent& e, const std::string& label) const {
    if (e.voxels == 0)
      throw Error(ErrorCode::label_absent,
          fmt::format("label {} has no voxel left after resampling; use a finer spacing", label));
    int dimensions = 0;
    for (const auto n : e.box.size) dimensions += n > 1;
    if (config_.convention == Convention::pyradiomics) {
      if (dimensions == 0)
        throw Error(
            ErrorCode::region_too_small, fmt::format("label {} is a single voxel, which has no features", label));
      if (dimensions < s_.minimum_roi_dimensions)
        throw Error(ErrorCode::region_too_small,
            fmt::format("label {} spans {} of the {} dimensions that minimumROIDimensions asks for", label, dimensions,
                s_.minimum_roi_dimensions));
    }
    if (s_.minimum_roi_size && e.voxels <= *s_.minimum_roi_size)
      throw Error(
          ErrorCode::region_too_small, fmt::format("label {} has {} voxels and minimumROISize asks for more than {}",
                                           label, e.voxels, *s_.minimum_roi_size));
  }

  /// Counting and formulas run beside each other: each is given the share of the time that its tasks had.
  static void split(double milliseconds, const std::vector<backend::Measurement>& measured, Timing& timing) {
    double matrices = 0, features = 0;
    for (const auto& m : measured) {
      matrices += m.matrices_ms;
      features += m.features_ms;
    }
    const double share = features > 0 ? features / (matrices + features) : 0;
    timing.matrices += milliseconds * (1 - share);
    timing.features += milliseconds * share;
  }

  static void fail(RegionRecord& r, Failure failure) {
    r.status = Status::failed;
    r.error = std::move(failure);
    r.values.clear();
  }

  void place(const backend::Measurement& m, const std::vector<std::size_t>& places, RegionRecord& r) const {
    if (r.status == Status::failed) return;
    if (!m.failure.code.empty()) return fail(r, m.failure);
    for (std::size_t i = 0; i < places.size(); ++i) r.values[places[i]] = m.values[i];
    r.warnings.insert(r.warnings.end(), m.warnings.begin(), m.warnings.end());
  }

  /// A case of failed regions alone has failed with the first one's error.
  void finish() const {
    std::size_t failed = 0;
    for (const auto& r : record_.regions) failed += r.status == Status::failed;
    record_.status = failed == 0 ? Status::ok : failed < record_.regions.size() ? Status::partial : Status::failed;
    if (record_.status == Status::failed) record_.error = record_.regions.front().error;
  }

  const Config& config_;
  const Settings& s_;
  const backend::Backend& backend_;
  const Volume& image_;
  Volume mask_;
  std::stop_token stop_;
  CaseRecord& record_;
  std::vector<Column> shape_columns_, texture_columns_;
  std::vector<std::size_t> shape_places_, texture_places_;
  std::size_t places_ = 0;
};

}  // namespace

void extract_case(const Config& config, const std::vector<Column>& columns, const LabelSelection& selection,
    const backend::Backend& backend, const Volume& image, Volume mask, std::stop_token stop, CaseRecord& record) {
  Case(config, columns, backend, image, stop, record).run(std::move(mask), selection);
}

}  // namespace radloom
