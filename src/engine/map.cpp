#include "radloom/map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "backend/backend.hpp"
#include "engine/case_image.hpp"
#include "engine/checks.hpp"
#include "engine/plan.hpp"
#include "engine/read_case.hpp"
#include "engine/source.hpp"
#include "engine/standard_processing.hpp"
#include "filters/block.hpp"
#include "filters/common/field.hpp"
#include "filters/registry.hpp"
#include "maps/measure.hpp"
#include "preprocess/crop.hpp"
#include "preprocess/resampling_grid.hpp"
#include "preprocess/resegment.hpp"
#include "preprocess/round.hpp"

namespace radloom {
namespace {

/// The columns of an image that maps are made of.
struct MappedImage {
  std::string name;             ///< of the image: "original", "wavelet-LLH"
  std::size_t image_type;       ///< its place in the configuration
  const Settings* settings;     ///< what it is measured with
  const DerivedImage* derived;  ///< null for the image as it is
  std::vector<Column> columns;
};

/// The same margin along every axis.
std::array<std::int64_t, 3> all(std::int64_t margin) { return {margin, margin, margin}; }

std::vector<Column> mapped(const std::vector<Column>& columns) {
  std::vector<Column> out;
  for (const auto& c : columns)
    if (maps::has_map(c.feature->family)) out.push_back(c);
  return out;
}

std::vector<MappedImage> images_of_plan(const Config& config, const Plan& plan) {
  std::vector<MappedImage> images;
  if (auto columns = mapped(plan.original.columns); !columns.empty()) {
    std::string name = columns.front().image_type;
    images.push_back({std::move(name), plan.original_type, &config.image_types[plan.original_type].settings, nullptr,
        std::move(columns)});
  }
  for (const auto& filtered : plan.filtered)
    for (std::size_t i = 0; i < filtered.images.size(); ++i)
      if (auto columns = mapped(filtered.groups[i].columns); !columns.empty())
        images.push_back({filtered.images[i].name, filtered.image_type, &filtered.settings, &filtered.images[i],
            std::move(columns)});
  return images;
}

void check_config(const Config& config, const std::vector<MappedImage>& images) {
  if (images.empty())
    throw Error(ErrorCode::config_invalid,
        fmt::format(
            "{}: asks for no feature that has maps; those of firstorder, glcm, glrlm, glszm, gldm and ngtdm have",
            config.source));
}

/// Maps of one case, region by region, image by image.
class Mapping {
 public:
  Mapping(const Config& config, const Plan& plan, const backend::Backend& backend,
      const std::vector<MappedImage>& images, const MapReceiver& receiver, std::stop_token stop)
      : config_(config), s_(config.settings), plan_(plan), backend_(backend), images_(images), receiver_(receiver),
        stop_(stop) {}

  void run(Volume image, Volume mask, const LabelSelection& selection, const std::vector<RegionLabels>* named) {
    if (s_.round_input) {
      image = rounded(image);
      mask = rounded(mask);
    }
    mask = on_the_images_grid(image.geometry(), std::move(mask), selection, s_);
    const auto present = find_labels(mask);
    const auto regions = named ? *named : regions_of(selection, present);
    const Box everything{{}, image.geometry().size};
    const StandardProcessing processing(s_, image.geometry());
    Source whole;
    if (standard()) {
      if (!processing.interpolates()) whole = processing.source({image, everything, {}}, everything, backend_, stop_);
    } else {
      whole = {backend_.upload(image), everything, everything.size};
      if (s_.normalize) whole.image = normalised(whole.image, everything, s_, backend_, stop_);
    }
    for (const auto& region : regions)
      if (!region.problem) progress_.total += extent_of(region.values, present).voxels * passes();
    for (const auto& region : regions) {
      if (stop_.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
      if (region.problem) {
        receiver_.map({region.label, {}, {}, region.problem->what()});
        continue;
      }
      const auto before = progress_.done;
      try {
        const auto extent = extent_of(region.values, present);
        map_region(finished(standard() ? on_the_standards_grid(processing, whole, image, mask, region, extent)
                                       : on_pyradiomics_grid(whole, mask, region, extent),
            extent.voxels));
      } catch (const Error& e) {
        if (e.code() == ErrorCode::interrupted || e.code() == ErrorCode::output_unwritable) throw;
        receiver_.map({region.label, {}, {}, e.what()});
      }
      // What re-segmentation took away, and images that were left out, are done with too.
      progress_.done = before + extent_of(region.values, present).voxels * passes();
      report();
    }
  }

 private:
  /// A region and what filters look at.
  struct Region {
    std::string label;
    Source source;            ///< what filters are applied to
    Geometry grid;            ///< of the whole of that
    Box box;                  ///< of the crop, within the whole
    Volume mask;              ///< uint8, on the crop
    std::int64_t voxels = 0;  ///< of the mask
  };

  bool standard() const { return config_.convention == Convention::ibsi; }

  std::int64_t passes() const {
    std::int64_t n = 0;
    for (const auto& image : images_) n += maps::neighbourhoods({image.settings, config_.convention, image.columns}, 1);
    return n;
  }

  /// The region before re-segmentation, cropped to its own box.
  Region on_pyradiomics_grid(
      const Source& whole, const Volume& mask, const RegionLabels& region, const LabelExtent& extent) const {
    const auto& labels = region.values;
    const Geometry& image = whole.image->geometry();
    if (const auto grid = resampling_grid(image, mask.geometry(), extent.box, s_)) {
      backend::Derivation d{backend::Derivation::Kind::resample, whole.image};
      d.grid = *grid;
      d.interpolator = *s_.interpolator;
      const Box box{{}, grid->size};
      return {region.label, {derive(d), box, grid->size}, *grid, box, select_on(mask, labels, *grid)};
    }
    Volume selected = select(mask, labels, extent.box);
    if (!crops_first(s_)) return {region.label, whole, image, extent.box, std::move(selected)};
    const Box around = filters::widened(extent.box, all(s_.pad_distance), image.size);
    const auto source = derive({backend::Derivation::Kind::crop, whole.image, around});
    return {region.label, {source, {{}, around.size}, around.size}, source->geometry(), within(extent.box, around),
        std::move(selected)};
  }

  /// The same; where the image is interpolated, as much of it as is needed.
  Region on_the_standards_grid(const StandardProcessing& processing, const Source& whole, const Volume& image,
      const Volume& mask, const RegionLabels& region, const LabelExtent& extent) const {
    MaskPart part = processing.mask(mask, region.values, extent);
    Region r{region.label, whole, processing.grid(), part.box, std::move(part.mask)};
    if (!processing.interpolates()) return r;
    check_size(
        {extent_of(r.mask).voxels, r.box}, r.label, config_);  // there may be nothing to interpolate an image for
    const Box around = filters::widened(r.box, all(s_.kernel_radius), r.grid.size);
    const Box reached = with_what_filters_need(config_, plan_, around, r.grid);
    r.source = processing.source({image, {{}, image.geometry().size}, {}}, reached, backend_, stop_);
    return r;
  }

  /// A region that is re-segmented, on the box of what is left and as far around it as neighbourhoods reach. `voxels`: of its labels in the mask.
  Region finished(Region r, std::int64_t voxels) const {
    LabelExtent left = extent_of(r.mask);
    check_size(left, r.label, config_);
    if (!s_.resegment_range.empty() || s_.resegment_outliers) {
      const Volume image = cut(r);
      if (!s_.resegment_range.empty()) r.mask = resegment(image, r.mask, s_);
      if (s_.resegment_outliers) {
        check_finite(image, r.mask);
        r.mask = without_outliers(image, r.mask, *s_.resegment_outliers);
      }
      left = extent_of(r.mask);
      if (left.voxels <= (standard() ? 0 : 1))
        throw Error(ErrorCode::resegmentation_empty,
            fmt::format(
                "the intensity range leaves {} of the {} voxels of label {}; widen resegmentRange (resegment_range)",
                left.voxels, voxels, r.label));
      check_size(left, r.label, config_);
    }
    Box box = left.box;
    for (int d = 0; d < 3; ++d) box.first[d] += r.box.first[d];
    const Box around = filters::widened(box, all(s_.kernel_radius), r.grid.size);
    r.mask = moved(r.mask, r.box, around, crop(r.grid, around));
    r.box = around;
    r.voxels = left.voxels;
    return r;
  }

  /// A mask that lies on the box `from`, on the box `to`: 0 where it did not lie.
  static Volume moved(const Volume& mask, const Box& from, const Box& to, const Geometry& grid) {
    const auto inside = mask.as<std::uint8_t>();
    std::vector<std::uint8_t> out(std::size_t(to.voxels()));
    for (std::int64_t z = 0, i = 0; z < from.size[2]; ++z)
      for (std::int64_t y = 0; y < from.size[1]; ++y)
        for (std::int64_t x = 0; x < from.size[0]; ++x, ++i) {
          if (!inside[std::size_t(i)]) continue;
          const std::int64_t u = x + from.first[0] - to.first[0], v = y + from.first[1] - to.first[1],
                             w = z + from.first[2] - to.first[2];
          out[std::size_t((w * to.size[1] + v) * to.size[0] + u)] = 1;
        }
    return Volume::from(grid, std::move(out));
  }

  void map_region(const Region& region) {
    for (const auto& image : images_) {
      const auto before = progress_.done;
      try {
        map_image(region, image);
      } catch (const Error& e) {
        if (e.code() == ErrorCode::interrupted || e.code() == ErrorCode::output_unwritable) throw;
        receiver_.map({region.label, image.name, {}, e.what()});
      }
      progress_.done =
          before + maps::neighbourhoods({image.settings, config_.convention, image.columns}, region.voxels);
      report();
    }
  }

  void map_image(const Region& region, const MappedImage& image) {
    if (stop_.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
    const Settings& settings = config_.image_types[image.image_type].settings;
    Volume voxels;
    if (!image.derived) {
      voxels = cut(region);
    } else {
      const auto& type = config_.image_types[image.image_type].name;
      const std::span<const DerivedImage> one(image.derived, 1);
      const auto why =
          filters::unsuited(type, {settings, config_.convention, one}, *image.derived, filters::grid_of(region.grid));
      if (!why.empty()) return receiver_.map({region.label, image.name, {}, why});
      backend::Derivation d{backend::Derivation::Kind::filter, region.source.image, region.box};
      d.image_type = type;
      d.images = one;
      d.settings = &settings;
      d.convention = config_.convention;
      d.first = region.source.box.first;
      d.whole = region.source.whole;
      voxels = backend_.download(derive(d));
    }
    maps::measure(voxels, region.mask, {image.settings, config_.convention, image.columns},
        {[&](std::size_t c, std::span<const double> values) {
           receiver_.map({region.label, image.columns[c].name,
               maps::painted(region.mask, values, s_.init_value.value_or(std::numeric_limits<double>::quiet_NaN())),
               {}});
         },
            [&](std::int64_t more) {
              progress_.done += more;
              report();
            }},
        stop_, backend_.maps());
  }

  Volume cut(const Region& r) const {
    return backend_.download(derive({backend::Derivation::Kind::crop, r.source.image, within(r.box, r.source.box)}));
  }
  backend::ImageHandle derive(const backend::Derivation& d) const { return backend_.derive({&d, 1}, stop_)[0]; }
  void report() const {
    if (receiver_.progress) receiver_.progress(progress_);
  }

  const Config& config_;
  const Settings& s_;
  const Plan& plan_;
  const backend::Backend& backend_;
  const std::vector<MappedImage>& images_;
  const MapReceiver& receiver_;
  std::stop_token stop_;
  MapProgress progress_;
};

/// Checks what is asked for, before any file is read, and runs `job` on the device, whose name it returns.
template <class Job>
std::string with_mapping(const Config& config, const EngineOptions& options, const MapReceiver& receiver,
    const std::stop_token& stop, const Job& job) {
  const Plan plan = make_plan(config, columns(config));
  const auto images = images_of_plan(config, plan);
  check_config(config, images);
  std::shared_ptr<const backend::Backend> backend = options.backend;
  if (!backend) backend = backend::take_device(options.device, options.threads).backend;
  backend->run([&] {
    Mapping mapping(config, plan, *backend, images, receiver, stop);
    job(mapping);
  });
  return backend->name();
}

}  // namespace

std::string map_features(const Config& config, const EngineOptions& options, const Volume& image, const Volume& mask,
    const MapReceiver& receiver, std::stop_token stop) {
  return with_mapping(config, options, receiver, stop,
      [&](Mapping& mapping) { mapping.run(image, mask, config.settings.label, nullptr); });
}

std::string map_features(const Config& config, const EngineOptions& options, const CaseInput& input,
    const MapReceiver& receiver, std::stop_token stop) {
  return with_mapping(config, options, receiver, stop, [&](Mapping& mapping) {
    ReadCase read = read_case(config.settings, input, [](const Geometry&) { return io::Need{.all = true}; });
    mapping.run(
        read.image->finish({}).volume, std::move(read.mask), read.selection, read.named ? &*read.named : nullptr);
  });
}

}  // namespace radloom
