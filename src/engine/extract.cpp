#include "engine/extract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <span>

#include "engine/checks.hpp"
#include "engine/diagnostics.hpp"
#include "engine/labels.hpp"
#include "engine/source.hpp"
#include "engine/standard_processing.hpp"
#include "families/loc_int/features.hpp"
#include "filters/common/field.hpp"
#include "filters/registry.hpp"
#include "preprocess/crop.hpp"
#include "preprocess/resampling_grid.hpp"
#include "preprocess/resegment.hpp"
#include "preprocess/round.hpp"

namespace radloom {
namespace {

using Clock = std::chrono::steady_clock;

/// Adds the time since its birth to a counter of milliseconds; with -1, takes it off again where another counts on.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum, double sign = 1) : sum_(sum), sign_(sign) {}
  ~Stopwatch() { sum_ += sign_ * std::chrono::duration<double, std::milli>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double &sum_, sign_;
  Clock::time_point start_ = Clock::now();
};

/// A region on its way to the backend.
struct Prepared {
  backend::ImageHandle image;       ///< cropped to the region's box
  Volume shape_mask, texture_mask;  ///< uint8 on that box; the second re-segmented
  Volume morphological_mask;        ///< ibsi: the first, where the two differ
  Source filter_source;             ///< what filters are applied to; its image is null where that is the case's
  Box box;                          ///< the region's, within the whole of that
  Box around;                       ///< and as far around it as its features look
  std::size_t record;               ///< which of the case's regions this is
};

/// Regions whose derived images are parts of one block.
struct Shared {
  const Source* source;
  Box box;
  std::vector<std::size_t> members;
};

bool has_local_intensities(const Plan& plan) {
  const auto any = [](const ColumnGroup& group) {
    return std::any_of(group.columns.begin(), group.columns.end(),
        [](const Column& c) { return c.feature->family == Family::loc_int; });
  };
  return any(plan.original) || std::any_of(plan.filtered.begin(), plan.filtered.end(), [&](const auto& filtered) {
    return std::any_of(filtered.groups.begin(), filtered.groups.end(), any);
  });
}

class Case {
 public:
  Case(const Config& config, const Plan& plan, const backend::Backend& backend, const CaseImage& from,
      const std::function<void(const MeasuredVolume&)>& volumes, std::stop_token stop, CaseRecord& record)
      : config_(config), s_(config.settings), plan_(plan), looks_around_(has_local_intensities(plan)),
        backend_(backend), from_(from), volumes_(volumes), stop_(stop), record_(record) {}

  void run(Volume mask, const LabelSelection& selection, const std::vector<RegionLabels>* named) {
    {
      const Stopwatch watch(record_.timing_ms.preprocess);
      if (s_.round_input) mask = rounded(mask);
      mask_ = on_the_images_grid(from_.geometry, std::move(mask), selection, s_);
      const auto present = find_labels(mask_);
      const auto regions = named ? *named : regions_of(selection, present);
      if (standard()) prepare_standard(regions, present);
      else prepare_pyradiomics(regions, present);
    }
    if (volumes_)
      for (const auto& p : prepared_) show(p);
    measure_original();
    for (const auto& filtered : plan_.filtered) measure_filtered(filtered);
    finish();
  }

 private:
  bool standard() const { return config_.convention == Convention::ibsi; }

  /// Starts the record of a region.
  RegionRecord& begin(const RegionLabels& region, const LabelExtent& extent) const {
    if (stop_.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    auto& r = record_.regions.emplace_back();
    r.label = region.label;
    r.label_name = region.name;
    r.voxels = extent.voxels;
    r.bounding_box = extent.box;
    return r;
  }

  /// Adds what `make` prepares for the region whose record was begun last, or fails that.
  template <class Make>
  void attempt(RegionRecord& r, const Make& make) {
    try {
      make();
    } catch (const Error& e) {
      if (e.code() == ErrorCode::interrupted) throw;
      fail(r, {std::string(code_name(e.code())), e.what()});
    }
  }

  void prepare_pyradiomics(
      const std::vector<RegionLabels>& regions, const std::map<std::int64_t, LabelExtent>& present) {
    const Box reached = reach(regions, present);
    load(reached);
    source_ = {backend_.upload(image_.volume), image_.box, from_.geometry.size};
    if (image_.summary) summary_.emplace(from_.geometry, *image_.summary);
    else if (s_.additional_info) summary_.emplace(image_.volume);
    if (s_.normalize) {  // once for all regions, and no further than they reach
      source_.box = reached;
      source_.image = normalised(source_.image, source_.box, s_, backend_, stop_);
    }
    for (const auto& region : regions) {
      const auto& labels = region.values;
      const auto extent = extent_of(labels, present);
      auto& r = begin(region, extent);
      attempt(r, [&] {
        if (region.problem) throw Error(*region.problem);
        prepared_.push_back(prepare(labels, extent, r));
        prepared_.back().record = record_.regions.size() - 1;
        r.values.resize(plan_.columns);
      });
    }
  }

  /// Reads a box of the image, or as much as is needed; that is no preprocessing.
  void load(const Box& box) {
    {
      const Stopwatch watch(record_.timing_ms.load), otherwise(record_.timing_ms.preprocess, -1);
      image_ = from_.read(box);
    }
    if (s_.round_input) image_.volume = rounded(image_.volume);
  }

  /// The standard's processing in its order (manual, 2): interpolation of image and mask, rounding, re-segmentation.
  void prepare_standard(const std::vector<RegionLabels>& regions, const std::map<std::int64_t, LabelExtent>& present) {
    struct Begun {
      const std::vector<std::int64_t>* labels;
      LabelExtent extent;
      MaskPart morphological;
      std::size_t record;
    };
    const StandardProcessing processing(s_, from_.geometry);
    const Geometry& whole = processing.grid();
    std::vector<Begun> begun;
    std::optional<Box> all;
    for (const auto& region : regions) {
      const auto& labels = region.values;
      const auto extent = extent_of(labels, present);
      auto& r = begin(region, extent);
      attempt(r, [&] {
        if (region.problem) throw Error(*region.problem);
        auto mask = processing.mask(mask_, labels, extent);
        check_size({extent_of(mask.mask).voxels, mask.box}, r.label);
        all = all ? hull_of(*all, reach_of(mask.box, whole)) : reach_of(mask.box, whole);
        begun.push_back({&labels, extent, std::move(mask), record_.regions.size() - 1});
      });
    }
    if (begun.empty()) return;
    if (s_.additional_info) all = Box{{}, whole.size};
    load(processing.needed(*all));
    source_ = processing.source(image_, *all, backend_, stop_);
    std::optional<ImageSummary> original, interpolated;
    if (s_.additional_info) {
      original.emplace(image_.volume);
      interpolated.emplace(backend_.download(source_.image));
    }
    for (auto& b : begun) {
      if (stop_.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      auto& r = record_.regions[b.record];
      attempt(r, [&] {
        if (s_.additional_info) {
          const Diagnostics diagnostics(r);
          diagnostics.add_standard_image("init", *original);
          diagnostics.add_standard_image("interp", *interpolated);
          const Volume mask = select(mask_, *b.labels, b.extent.box);
          diagnostics.add_standard_masks("init", from_.geometry, crop(image_.volume, b.extent.box), mask, mask);
        }
        prepared_.push_back(prepare_region(std::move(b.morphological), whole, b.extent.voxels, r));
        prepared_.back().record = b.record;
        r.values.resize(plan_.columns);
      });
    }
  }

  /// What is looked at around a region: by local intensities, and by filters.
  Box reach_of(const Box& box, const Geometry& whole) const {
    return with_what_filters_need(config_, plan_, around_of(box, whole), whole);
  }

  /// A region's box, and as far around it as its features look.
  Box around_of(const Box& box, const Geometry& whole) const {
    std::array<std::int64_t, 3> margin{};
    for (int d = 0; d < 3 && looks_around_; ++d)
      margin[d] = std::int64_t(std::ceil(loc_int::peak_radius_mm() / whole.spacing_mm[d]));
    return filters::widened(box, margin, whole.size);
  }

  Prepared prepare_region(MaskPart morphological, const Geometry& whole, std::int64_t voxels, RegionRecord& r) const {
    Prepared p;
    p.box = morphological.box;
    p.around = around_of(p.box, whole);
    p.image = cut(p.box);
    p.shape_mask = p.texture_mask = std::move(morphological.mask);
    const bool resegments = !s_.resegment_range.empty() || s_.resegment_outliers;
    const Volume image = backend_.download(p.image);
    const Diagnostics diagnostics(r);
    if (s_.additional_info) diagnostics.add_standard_masks("interp", whole, image, p.shape_mask, p.shape_mask);
    if (!s_.resegment_range.empty()) p.texture_mask = resegment(image, p.texture_mask, s_);
    if (s_.resegment_outliers) {
      check_finite(image, p.texture_mask);
      p.texture_mask = without_outliers(image, p.texture_mask, *s_.resegment_outliers);
    }
    if (resegments) {
      const auto left = extent_of(p.texture_mask);
      if (left.voxels == 0)
        throw Error(ErrorCode::resegmentation_empty,
            fmt::format(
                "re-segmentation leaves none of the {} voxels of label {}; widen resegment_range", voxels, r.label));
      check_size(left, r.label);
      if (s_.resegment_shape) p.shape_mask = p.texture_mask;
      else p.morphological_mask = p.shape_mask;
    }
    if (s_.additional_info) diagnostics.add_standard_masks("reseg", whole, image, p.texture_mask, p.shape_mask);
    check_finite(image, p.texture_mask);
    return p;
  }

  /// Puts what a batch gives where it belongs.
  class Work {
   public:
    void add(backend::Region region, const ColumnGroup& group, std::size_t record, std::string_view image = {}) {
      batch_.regions.push_back(std::move(region));
      owners_.push_back({&group, record, image});
    }
    void run(const Case& self) {
      double measuring = 0;
      std::vector<backend::Measurement> measured;
      {
        const Stopwatch watch(measuring);
        measured = self.backend_.measure(batch_, self.stop_);
      }
      split(measuring, measured, self.record_.timing_ms);
      for (std::size_t i = 0; i < owners_.size(); ++i)
        place(measured[i], *owners_[i].group, owners_[i].image, self.record_.regions[owners_[i].record]);
    }

   private:
    struct Owner {
      const ColumnGroup* group;
      std::size_t record;
      std::string_view image;  ///< named in messages; empty for the image as it is
    };
    backend::Batch batch_;
    std::vector<Owner> owners_;
  };

  void measure_original() const {
    Work work;
    for (const auto& p : prepared_) {
      const auto add = [&](const Volume& mask, const Settings& settings, const ColumnGroup& group) {
        if (group.columns.empty()) return;
        backend::Region region{p.image, mask, &settings, group.columns, config_.convention};
        region.morphological_mask = p.morphological_mask;
        look_around(region, source_.image, source_.box, p.box);
        work.add(std::move(region), group, p.record);
      };
      add(standard() ? p.texture_mask : p.shape_mask, s_, plan_.shape);
      add(p.texture_mask, config_.image_types[plan_.original_type].settings, plan_.original);
    }
    work.run(*this);
  }

  /// An image type: a few of its images at a time are derived and measured, for all regions at once.
  void measure_filtered(const Plan::Filtered& filtered) const {
    const auto shared = shared_blocks();
    std::int64_t voxels = 0;
    for (const auto& block : shared) voxels += block.box.voxels();
    constexpr std::int64_t alive = std::int64_t(1)
                                   << 27;  // voxels of derived images at a time: 1 GiB in double precision
    const auto most = std::size_t(std::clamp<std::int64_t>(alive / std::max<std::int64_t>(1, voxels), 2, 64));
    for (std::size_t first = 0; first < filtered.images.size() && !shared.empty(); first += most) {
      const auto images = std::span(filtered.images).subspan(first, std::min(most, filtered.images.size() - first));
      measure_some(filtered, first, images, shared);
    }
  }

  void measure_some(const Plan::Filtered& filtered, std::size_t first, std::span<const DerivedImage> images,
      const std::vector<Shared>& shared) const {
    const auto& type = config_.image_types[filtered.image_type];
    Work work;
    {
      const Stopwatch watch(record_.timing_ms.filter);
      std::vector<backend::Derivation> requests;
      for (const auto& block : shared) {
        backend::Derivation d{backend::Derivation::Kind::filter, block.source->image, block.box};
        d.image_type = type.name;
        d.images = images;
        d.settings = &type.settings;
        d.convention = config_.convention;
        d.first = block.source->box.first;
        d.whole = block.source->whole;
        requests.push_back(d);
      }
      const auto derived = backend_.derive(requests, stop_);
      for (std::size_t b = 0; b < shared.size(); ++b)
        for (const auto member : shared[b].members)
          for (std::size_t i = 0; i < images.size(); ++i) {
            const auto& p = prepared_[member];
            const auto& group = filtered.groups[first + i];
            const Box box = within(p.box, shared[b].box);
            const filters::Grid grid{shared[b].source->whole, shared[b].source->image->geometry().spacing_mm};
            const auto why = filters::unsuited(type.name, {type.settings, config_.convention, images}, images[i], grid);
            if (!why.empty()) {
              leave_undefined(p, images[i].name + ": " + why, group);
              continue;
            }
            const auto image = derive({backend::Derivation::Kind::crop, derived[b * images.size() + i], box});
            if (!finite(image, p, images[i].name, group)) continue;
            if (volumes_) show(p, images[i].name, backend_.download(image));
            backend::Region region{image, p.texture_mask, &filtered.settings, group.columns, config_.convention};
            region.morphological_mask = p.morphological_mask;
            look_around(region, derived[b * images.size() + i], shared[b].box, p.box);
            work.add(std::move(region), group, p.record, images[i].name);
          }
    }
    work.run(*this);
  }

  /// Shows what a region is measured on before anything is derived.
  void show(const Prepared& p) const {
    show(p, "original", backend_.download(p.image));
    show_mask(p, "mask", p.texture_mask);
    if (standard()) {
      if (p.morphological_mask.data()) show_mask(p, "morphological_mask", p.morphological_mask);
    } else if (!s_.resegment_range.empty() && !s_.resegment_shape) {
      show_mask(p, "morphological_mask", p.shape_mask);
    }
  }

  /// Masks are kept without a place in space.
  void show_mask(const Prepared& p, const std::string& name, const Volume& mask) const {
    const auto owner = std::make_shared<Volume>(mask);
    show(p, name, {p.image->geometry(), mask.type(), std::shared_ptr<const void>(owner, owner->data())});
  }

  void show(const Prepared& p, const std::string& name, const Volume& volume) const {
    volumes_({record_.case_id, record_.regions[p.record].label, name, volume});
  }

  /// Tells a region where it lies in the image that it is a part of, where a feature looks at more than the region.
  void look_around(backend::Region& region, const backend::ImageHandle& image, const Box& of, const Box& box) const {
    if (!looks_around_) return;
    region.surroundings = image;
    region.place = within(box, of).first;
  }

  /// A derived image may be undefined where the image is not; then its features are, and the region's others stay.
  bool finite(
      const backend::ImageHandle& image, const Prepared& p, const std::string& name, const ColumnGroup& group) const {
    try {
      check_finite(backend_.download(image), p.texture_mask);
      return true;
    } catch (const Error& e) {
      if (e.code() != ErrorCode::non_finite) throw;
      leave_undefined(p, name + ": " + e.what(), group);
      return false;
    }
  }

  void leave_undefined(const Prepared& p, const std::string& why, const ColumnGroup& group) const {
    auto& r = record_.regions[p.record];
    r.warnings.push_back(why);
    for (const auto place : group.places) r.values[place] = {0, Undefined::not_finite};
  }

  /// Regions of one source are derived as one block, unless they lie so far apart that block by block is less.
  std::vector<Shared> shared_blocks() const {
    std::vector<Shared> out;
    std::vector<std::size_t> together;
    Box all;
    std::int64_t apart = 0;
    for (std::size_t i = 0; i < prepared_.size(); ++i) {
      const auto& p = prepared_[i];
      if (record_.regions[p.record].status == Status::failed) continue;
      if (p.filter_source.image) {
        out.push_back({&p.filter_source, p.around, {i}});
        continue;
      }
      all = together.empty() ? p.around : hull_of(all, p.around);
      together.push_back(i);
      apart += p.around.voxels();
    }
    if (!together.empty() && all.voxels() <= apart) out.push_back({&source_, all, together});
    else
      for (const auto i : together) out.push_back({&source_, prepared_[i].around, {i}});
    return out;
  }

  backend::ImageHandle derive(const backend::Derivation& d) const { return backend_.derive({&d, 1}, stop_)[0]; }

  /// The voxels that any region needs: its box, where it is resampled the padding and what interpolation looks at, and what
  /// filters look at.
  Box reach(const std::vector<RegionLabels>& regions, const std::map<std::int64_t, LabelExtent>& present) const {
    std::optional<Box> all;
    for (const auto& region : regions) {
      if (region.problem) continue;
      Box box = extent_of(region.values, present).box;
      if (crops_first(s_)) {
        std::array<std::int64_t, 3> margin{s_.pad_distance, s_.pad_distance, s_.pad_distance};
        for (int d = 0; d < 3 && s_.resampled_spacing_mm; ++d)
          margin[d] += 80 + std::int64_t(std::ceil(
                                (s_.pad_distance + 1) * (*s_.resampled_spacing_mm)[d] / from_.geometry.spacing_mm[d]));
        box = filters::widened(box, margin, from_.geometry.size);
      } else {
        box = with_what_filters_need(config_, plan_, box, from_.geometry);
      }
      all = all ? hull_of(*all, box) : box;
    }
    return all ? *all : Box{{}, {1, 1, 1}};  // none of them can be measured
  }

  Prepared prepare(const std::vector<std::int64_t>& labels, const LabelExtent& extent, RegionRecord& r) const {
    Prepared p;
    Volume mask;
    std::array<std::int64_t, 3> origin{};  // where the first voxel of `mask` lies in what filters are applied to
    const auto grid = resampling_grid(from_.geometry, mask_.geometry(), extent.box, s_);
    if (grid) {
      mask = select_on(mask_, labels, *grid);
      p.image = derive({backend::Derivation::Kind::resample, source_.image, {}, 1, {}, *grid, *s_.interpolator});
      p.filter_source = {p.image, {{}, grid->size}, grid->size};
    } else {
      mask = select(mask_, labels, extent.box);
      p.image = cut(extent.box);
      if (crops_first(s_) && !plan_.filtered.empty()) {
        const auto pad = s_.pad_distance;
        const Box box = filters::widened(extent.box, {pad, pad, pad}, from_.geometry.size);
        origin = within(extent.box, box).first;
        p.filter_source = {cut(box), {{}, box.size}, box.size};
      } else {
        origin = extent.box.first;
      }
    }
    auto here = extent_of(mask);
    check_size(here, r.label);
    const bool diagnose = s_.additional_info;
    Diagnostics diagnostics(r);
    if (diagnose) {
      diagnostics.add_run(config_);
      diagnostics.add_image("original", *summary_);
      diagnostics.add_mask(
          "original", mask_.geometry(), grid ? select(mask_, labels, extent.box) : mask, extent.box.first, nullptr);
      if (grid) {
        const Volume image = backend_.download(p.image);
        diagnostics.add_image("interpolated", ImageSummary(image));
        diagnostics.add_mask("interpolated", *grid, mask, {0, 0, 0}, &image);
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
      if (here.voxels <= 1)
        throw Error(ErrorCode::resegmentation_empty,
            fmt::format("the intensity range leaves {} of the {} voxels of label {}; widen resegmentRange", here.voxels,
                extent.voxels, r.label));
      check_size(here, r.label);
      box = here.box;
    }
    // Shape is measured within the box that re-segmentation leaves, as PyRadiomics crops it.
    p.shape_mask = crop(s_.resegment_shape ? texture : mask, box);
    p.texture_mask = crop(texture, box);
    p.image = derive({backend::Derivation::Kind::crop, p.image, box});
    p.box = box;
    for (int d = 0; d < 3; ++d) p.box.first[d] += origin[d];
    p.around = p.box;
    check_finite(backend_.download(p.image), p.texture_mask);
    return p;
  }

  /// A box of the case's image.
  backend::ImageHandle cut(const Box& box) const {
    return derive({backend::Derivation::Kind::crop, source_.image, within(box, source_.box)});
  }

  void check_size(const LabelExtent& e, const std::string& label) const { radloom::check_size(e, label, config_); }

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

  static void place(const backend::Measurement& m, const ColumnGroup& group, std::string_view image, RegionRecord& r) {
    if (r.status == Status::failed) return;
    if (!m.failure.code.empty())
      return fail(
          r, {m.failure.code, image.empty() ? m.failure.message : fmt::format("{}: {}", image, m.failure.message)});
    for (std::size_t i = 0; i < group.places.size(); ++i) r.values[group.places[i]] = m.values[i];
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
  const Plan& plan_;
  const bool looks_around_;  ///< whether a feature looks at the image beyond its region
  const backend::Backend& backend_;
  const CaseImage& from_;
  io::KeptPart image_;  ///< as much of it as was needed
  Volume mask_;
  const std::function<void(const MeasuredVolume&)>& volumes_;  ///< may be empty
  std::stop_token stop_;
  CaseRecord& record_;
  std::optional<ImageSummary> summary_;  ///< of the image as it was read, for PyRadiomics' diagnostics
  Source source_;
  std::vector<Prepared> prepared_;
};

}  // namespace

void extract_case(const Config& config, const Plan& plan, const LabelSelection& selection,
    const backend::Backend& backend, const CaseImage& image, Volume mask,
    const std::function<void(const MeasuredVolume&)>& volumes, std::stop_token stop, CaseRecord& record,
    const std::vector<RegionLabels>* named) {
  Case(config, plan, backend, image, volumes, stop, record).run(std::move(mask), selection, named);
}

}  // namespace radloom
