#pragma once
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "backend/columns.hpp"
#include "backend/cuda/device.hpp"
#include "catalogue/indices.hpp"
#include "families/shape/further.hpp"
#include "kernels/common/mean_over_directions.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/firstorder/stage.hpp"
#include "kernels/glcm/stage.hpp"
#include "kernels/gldm/stage.hpp"
#include "kernels/gldzm/stage.hpp"
#include "kernels/glrlm/stage.hpp"
#include "kernels/glszm/stage.hpp"
#include "kernels/ih/stage.hpp"
#include "kernels/ivh/stage.hpp"
#include "kernels/loc_int/stage.hpp"
#include "kernels/preprocess/copy_box.hpp"
#include "kernels/preprocess/discretise.hpp"
#include "kernels/preprocess/intensity_range.hpp"
#include "kernels/shape/stage.hpp"
#include "kernels/shape2d/stage.hpp"

namespace radloom::backend {

/// Part of an image that lies on the device, as the region's box wants it.
struct ResidentPart {
  Span<const std::uint8_t> bytes;     ///< of the whole image
  std::array<std::int64_t, 3> size;   ///< of the whole image
  std::array<std::int64_t, 3> first;  ///< of the part
  Event ready;                        ///< when it is written
};

/// What spheres around a region's voxels reach, where that is more than the region's image.
struct Surroundings {
  Box part;      ///< of the image it is cut from: all that is reached
  Volume image;  ///< that image; empty where it is resident
  std::optional<ResidentPart> resident;
  ScalarType type;
  std::array<double, 3> spacing_mm;
  std::array<std::int64_t, 3> place;  ///< of the region's first voxel in that image
};

/// A region of a batch with its image, on the host or on the device, and where its measurement goes.
struct Passenger {
  const Region* region;
  ScalarType type;  ///< of the image's voxels
  Volume image;     ///< on the grid of the region's mask; empty where it is resident
  std::optional<ResidentPart> resident;
  Measurement* measurement;
  Approach approach;  ///< of all columns of the region
  std::optional<Surroundings> surroundings = {};
  Volume intensity_mask = {};  ///< of DeviceShare
};

/// Regions of one configuration and approach on their way over one stream: packed and sent, discretised, measured, brought back. Three steps,
/// so that the copies of one flight overlap the work of another.
///
/// Where slices are measured one by one, each slice that holds voxels is a region of its own for the stages (`parts_`), with the gray levels
/// of the whole; means over the slices are made on the device.
///
/// Launches do not depend on the number of regions. The host waits twice, each time for an event of this stream: for the range of
/// intensities, since the number of gray levels decides how large the matrices are, and for the features.
template <AnyDevice Device>
class Flight {
 public:
  /// Packs images and masks into pinned memory and starts sending them. Throws DeviceOutOfMemory, DeviceLost.
  Flight(Device& device, Stream stream, std::vector<Passenger> passengers, bool keep_matrices)
      : device_(device), stream_(stream), passengers_(std::move(passengers)), keep_(keep_matrices),
        approach_(passengers_.front().approach), settings_(*passengers_.front().region->settings),
        across_(2 - settings_.force_2d_dimension), wanted_(*passengers_.front().region),
        with_levels_(wanted_.levels() || keep_), with_images_(wanted_.intensities() || wanted_.further_shape || keep_),
        settle_(device, stream) {
    settings_.force_2d = approach_ != Approach::volume;
    lay_out_parts();
    pack();
    extremes_ = {device_, stream_, 2 * count()};
    extremes_.zero();
    if (with_levels_ || wanted_[Family::loc_int])
      launch(preprocess::IntensityRange{box(), box_tiles_.span(), images_, masks_, extremes_}, 0);
    extremes_home_ = {device_, extremes_.size()};
    download(device_, extremes_home_, extremes_.span(), stream_);
    ranges_known_ = device_.record(stream_);
  }
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

  /// Lays out the gray levels and puts every stage on the stream.
  void measure() {
    if (with_levels_) discretise();
    ivh::Rule ivh_rule;
    if (wanted_[Family::ivh]) try {
        ivh_rule = ivh::rule_of(settings());
      } catch (const Error& e) {  // nothing can be measured by such settings
        refused_ = {std::string(code_name(e.code())), e.what()};
        done_ = device_.record(stream_);
        return;
      }
    const StageInput<Device> input{device_, stream_, settings(), passengers_.front().region->convention, wanted_, keep_,
        boxes_, box(), images_, masks_, box_tiles_.span(), inside_.span(), regions_, region_.span(), levels_,
        level_tiles_.span(), histogram_, bodies_.span(), wholes_.span(), intensity_masks_};
    input_.emplace(input);
    lay_out_features();
    if (wanted_[Family::shape]) shape_.emplace(*input_, output(Family::shape));
    if (wanted_[Family::shape2d]) shape2d_.emplace(*input_, output(Family::shape2d));
    if (wanted_[Family::firstorder] || wanted_[Family::ivh]) order_.emplace(*input_);
    if (wanted_[Family::firstorder]) firstorder_.emplace(*input_, order_->selection(), output(Family::firstorder));
    if (wanted_[Family::loc_int]) loc_int_.emplace(*input_, around_, extremes_.span(), output(Family::loc_int));
    if (wanted_[Family::ih]) ih_.emplace(*input_, output(Family::ih));
    if (wanted_[Family::ivh]) ivh_.emplace(*input_, ivh_rule, order_->selection(), output(Family::ivh));
    if (wanted_[Family::glcm] || keep_) glcm_.emplace(*input_, output(Family::glcm), pairs_.span());
    if (wanted_[Family::glrlm] || keep_) glrlm_.emplace(*input_, output(Family::glrlm));
    if (wanted_[Family::glszm] || wanted_[Family::gldzm] || keep_) {
      const glszm::Forest<Device> forest(*input_);
      if (wanted_[Family::glszm] || keep_) glszm_.emplace(*input_, forest, output(Family::glszm));
      if (wanted_[Family::gldzm]) gldzm_.emplace(*input_, forest, output(Family::gldzm));
    }
    if (wanted_[Family::gldm] || wanted_[Family::ngtdm] || keep_)
      gldm_.emplace(*input_, output(Family::gldm), output(Family::ngtdm));
    if (sliced()) average_slices();
    features_home_ = {device_, features_.size()};
    download(device_, features_home_, features_.span(), stream_);
    pairs_home_ = {device_, pairs_.size()};
    download(device_, pairs_home_, pairs_.span(), stream_);
    done_ = device_.record(stream_);
  }

  /// Waits for the features and fills the passengers' measurements.
  void land() {
    device_.synchronise(done_);
    std::vector<Matrices> matrices(keep_ ? passengers_.size() : 0);
    if (keep_ && refused_.code.empty()) collect(matrices);
    tbb::parallel_for(std::size_t(0), passengers_.size(), [&](std::size_t i) {
      Measurement& m = *passengers_[i].measurement;
      std::int64_t voxels = 0, body = 0;
      std::uint64_t pairs = 0;
      for (std::int64_t p = whole_[i]; p < whole_[i + 1]; ++p) {
        body += std::int64_t(voxels_[p]);
        voxels += std::int64_t(with_intensities_[p]);
        if (refused_.code.empty()) pairs += pairs_home_[p];
      }
      if (voxels == 0) {
        m.failure = {std::string(code_name(ErrorCode::empty_mask)), "the region holds no voxel"};
        return;
      }
      if (with_levels_ && !failure_[i].code.empty()) {
        m.failure = failure_[i];
        return;
      }
      if (!refused_.code.empty()) {
        m.failure = refused_;
        return;
      }
      RegionFacts facts{voxels, body, with_levels_ ? (one_level_[i] ? 1 : 2) : 0, {}};
      facts.no_pairs[int(approach_)] = (wanted_[Family::glcm] || keep_) && pairs == 0;
      Values values;
      for (int f = 0; f < family_count; ++f) {
        const std::size_t n = features(Family(f)).size();
        values[int(approach_)][f] = {home(averaged_[f].whole, i, n), home(merged_[f].whole, i, n)};
      }
      if (wanted_.further_shape)
        shape::compute_densities(
            shape_->hull_candidates(std::int64_t(i)), values[int(approach_)][int(Family::shape)].averaged.data());
      m.values = values_of_columns(*passengers_[i].region, values, facts);
      if (keep_) m.matrices = std::move(matrices[i]);
    });
  }

 private:
  static constexpr int threads = 256;
  static constexpr std::int64_t most_private_levels = 4096;

  /// Those of the regions, with force_2d as the approach has it.
  const Settings& settings() const { return settings_; }
  std::int64_t count() const { return std::int64_t(parts_.size()); }
  bool sliced() const { return approach_ == Approach::slices; }
  Span<const BoxRegion> box() const { return box_.span().part(0, count()); }
  template <class Body>
  void launch(const Body& body, std::size_t shared_bytes) {
    if (body.tiles.size > 0) device_.launch(body, {body.tiles.size, threads, shared_bytes}, stream_);
  }

  /// A passenger, or a slice of it, counted along `across_`.
  struct Part {
    std::int32_t passenger;
    std::int64_t slice;
  };

  void lay_out_parts() {
    whole_.push_back(0);
    for (std::size_t i = 0; i < passengers_.size(); ++i) {
      if (sliced())
        for (const auto slice : slices_with_voxels(passengers_[i].region->mask)) parts_.push_back({int(i), slice});
      else parts_.push_back({int(i), 0});
      whole_.push_back(count());
    }
    wholes_ = {device_, stream_, whole_};
  }

  std::vector<std::int64_t> slices_with_voxels(const Volume& mask) const {
    const auto& size = mask.geometry().size;
    const auto slices_in_all = std::size_t(size[across_]);
    std::vector<char> found(slices_in_all);
    auto at = mask.template as<std::uint8_t>().begin();
    for (std::int64_t z = 0; z < size[2]; ++z)
      for (std::int64_t y = 0; y < size[1]; ++y, at += size[0]) {
        if (across_ == 0) {
          for (std::int64_t x = 0; x < size[0]; ++x) found[std::size_t(x)] |= at[x] != 0;
          continue;
        }
        auto& here = found[std::size_t(across_ == 1 ? y : z)];
        if (!here) here = std::any_of(at, at + size[0], [](std::uint8_t inside) { return inside != 0; });
      }
    std::vector<std::int64_t> slices;
    for (std::size_t i = 0; i < found.size(); ++i)
      if (found[i]) slices.push_back(std::int64_t(i));
    if (slices.empty()) slices.push_back(0);  // whoever has no voxel is heard of all the same
    return slices;
  }

  /// Where `length` voxels of a part from voxel `first` on lie in its passenger's box: f(voxel of the part, voxel of the box, how many).
  template <class F>
  void for_stretches(std::size_t part, std::int64_t first, std::int64_t length, const F& f) const {
    if (!sliced()) return f(first, first, length);
    const auto& whole = passengers_[parts_[part].passenger].region->mask.geometry().size;
    const BoxRegion& b = boxes_[part];
    for (std::int64_t at = first, last = first + length, n = 0; at < last; at += n) {
      std::int64_t p[3] = {at % b.size[0], at / b.size[0] % b.size[1], at / b.size[0] / b.size[1]};
      n = std::min(b.size[0] - p[0], last - at);
      p[across_] = parts_[part].slice;
      f(at, (p[2] * whole[1] + p[1]) * whole[0] + p[0], n);
    }
  }

  const Passenger& passenger(std::size_t part) const { return passengers_[parts_[part].passenger]; }

  void pack() {
    const auto n = parts_.size();
    boxes_.resize(n);
    voxels_.resize(n);
    with_intensities_.resize(n);
    std::int64_t image_bytes = 0, mask_bytes = 0;
    std::vector<Tile> tiles;
    std::vector<std::int64_t> bodies(wanted_[Family::gldzm] ? n : 0);
    if (wanted_.further_shape) intensity_masks_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      const Geometry& g = passenger(i).region->mask.geometry();
      BoxRegion& b = boxes_[i];
      for (int d = 0; d < 3; ++d) {
        b.size[d] = sliced() && d == across_ ? 1 : std::int32_t(g.size[d]);
        b.spacing_mm[d] = g.spacing_mm[d];
      }
      b.mask = mask_bytes;
      mask_bytes += b.voxels();
      if (!bodies.empty()) {
        const bool own = !passenger(i).region->morphological_mask.empty();
        bodies[i] = own ? mask_bytes : b.mask;
        if (own) mask_bytes += b.voxels();
      }
      if (!intensity_masks_.empty()) {
        const bool own = !passenger(i).intensity_mask.empty();
        intensity_masks_[i] = own ? mask_bytes : b.mask;
        if (own) mask_bytes += b.voxels();
      }
      if (with_images_) {
        b.type = passenger(i).type;
        take_room(b, passenger(i).resident.has_value(), image_bytes);
      }
      for (std::int64_t first = 0; first < b.voxels(); first += tile_voxels) tiles.push_back({std::int32_t(i), first});
    }
    if (wanted_[Family::loc_int])  // in a flight of whole regions: a part is a passenger
      for (std::size_t i = 0; i < n; ++i) around_.push_back(around_of(i, image_bytes));
    staging_ = {device_, image_bytes + mask_bytes};  // what is resident leaves a gap that is not sent
    // A tile a piece, so that one large region is packed by all threads too.
    std::vector<std::uint32_t> inside(tiles.size()), with_intensities(tiles.size());
    tbb::parallel_for(std::size_t(0), tiles.size(), [&](std::size_t t) {
      const std::size_t i = std::size_t(tiles[t].region);
      const BoxRegion& b = boxes_[i];
      const std::int64_t first = tiles[t].first, length = std::min(tile_voxels, b.voxels() - first);
      const Passenger& p = passenger(i);
      const auto pack_mask = [&](const Volume& mask, std::int64_t place) {
        const std::uint8_t* const whole = mask.template as<std::uint8_t>().data();
        std::uint8_t* const to = staging_.data() + image_bytes + place;
        std::uint32_t voxels = 0;
        for_stretches(i, first, length, [&](std::int64_t at, std::int64_t from, std::int64_t count) {
          for (std::int64_t v = 0; v < count; ++v) voxels += to[at + v] = whole[from + v] != 0;
        });
        return voxels;
      };
      inside[t] = pack_mask(p.region->mask, b.mask);
      if (!bodies.empty() && bodies[i] != b.mask) pack_mask(p.region->morphological_mask, bodies[i]);
      with_intensities[t] = inside[t];
      if (!intensity_masks_.empty() && intensity_masks_[i] != b.mask)
        with_intensities[t] = pack_mask(p.intensity_mask, intensity_masks_[i]);
      if (!with_images_ || p.resident) return;
      const std::size_t bytes = bytes_of(b.type);
      for_stretches(i, first, length, [&](std::int64_t at, std::int64_t from, std::int64_t count) {
        std::memcpy(staging_.data() + b.image + std::size_t(at) * bytes,
            static_cast<const std::uint8_t*>(p.image.data()) + std::size_t(from) * bytes, std::size_t(count) * bytes);
      });
    });
    for (std::size_t t = 0; t < tiles.size(); ++t) {
      voxels_[std::size_t(tiles[t].region)] += inside[t];
      with_intensities_[std::size_t(tiles[t].region)] += with_intensities[t];
    }
    for (std::size_t i = 0; i < around_.size(); ++i)
      if (const auto& s = passengers_[i].surroundings; s && !s->resident) pack_part(*s, around_[i].box);
    arena_ = {device_, stream_, staging_.size()};
    send();
    images_ = arena_.span().part(0, image_bytes);
    masks_ = arena_.span().part(image_bytes, mask_bytes);
    // Boxes of regions, then those of what is around them.
    auto all = boxes_;
    for (const auto& a : around_) all.push_back(a.box);
    box_ = {device_, stream_, all};
    if (with_images_) copy_resident();
    box_tiles_ = {device_, stream_, tiles};
    inside_ = {device_, stream_, voxels_};
    bodies_ = {device_, stream_, bodies};
  }

  /// Room for the voxels of a box; a gap where they are on the device already.
  void take_room(BoxRegion& b, bool resident, std::int64_t& image_bytes) {
    b.image = image_bytes;
    image_bytes += (b.voxels() * std::int64_t(bytes_of(b.type)) + 7) / 8 * 8;
    if (resident) gaps_.push_back({b.image, image_bytes});
  }

  /// What is around a region: its own image, unless there is more.
  loc_int::Around around_of(std::size_t i, std::int64_t& image_bytes) {
    loc_int::Around a;
    const auto& s = passengers_[i].surroundings;
    if (!s) {
      a.box = boxes_[i];
      return a;
    }
    a.box.type = s->type;
    for (int d = 0; d < 3; ++d) {
      a.box.size[d] = std::int32_t(s->part.size[d]);
      a.box.spacing_mm[d] = s->spacing_mm[d];
      a.at[d] = std::int32_t(s->place[d] - s->part.first[d]);
    }
    take_room(a.box, s->resident.has_value(), image_bytes);
    return a;
  }

  /// Packs a part of an image, row by row.
  void pack_part(const Surroundings& s, const BoxRegion& b) {
    const auto& n = s.image.geometry().size;
    const std::size_t voxel = bytes_of(b.type), row = std::size_t(b.size[0]) * voxel;
    const auto* const from = static_cast<const std::uint8_t*>(s.image.data());
    tbb::parallel_for(std::int64_t(0), std::int64_t(b.size[1]) * b.size[2], [&](std::int64_t r) {
      const std::int64_t y = s.part.first[1] + r % b.size[1], z = s.part.first[2] + r / b.size[1];
      std::memcpy(staging_.data() + b.image + std::size_t(r) * row,
          from + std::size_t((z * n[1] + y) * n[0] + s.part.first[0]) * voxel, row);
    });
  }

  /// Sends the staging area but for the gaps of images that are on the device already.
  void send() {
    std::int64_t from = 0;
    const auto until = [&](std::int64_t to) {
      if (to > from) device_.upload(arena_.span().data + from, staging_.data() + from, std::size_t(to - from), stream_);
    };
    for (const auto& [first, end] : gaps_) {
      until(first);
      from = end;
    }
    until(staging_.size());
  }

  void copy_resident() {
    std::vector<preprocess::BoxToCopy> copies;
    std::vector<preprocess::CopyTile> tiles;
    const auto copy = [&](const ResidentPart& resident, const std::array<std::int64_t, 3>& part, const BoxRegion& to,
                          std::size_t number) {
      preprocess::BoxToCopy c{resident.bytes, {}, {}, std::int32_t(number)};
      for (int d = 0; d < 3; ++d) {
        c.size[d] = resident.size[d];
        c.first[d] = resident.first[d] + part[d];
      }
      for (std::int64_t first = 0; first < to.voxels(); first += preprocess::CopyBox::voxels)
        tiles.push_back({std::int32_t(copies.size()), first});
      copies.push_back(c);
    };
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Passenger& p = passenger(i);
      if (p.resident) {
        if (std::int64_t(i) == whole_[parts_[i].passenger]) device_.wait(stream_, p.resident->ready);
        std::array<std::int64_t, 3> first{};
        if (sliced()) first[across_] = parts_[i].slice;
        copy(*p.resident, first, boxes_[i], i);
      }
      if (i < around_.size() && p.surroundings && p.surroundings->resident) {
        device_.wait(stream_, p.surroundings->resident->ready);
        copy(*p.surroundings->resident, p.surroundings->part.first, around_[i].box, boxes_.size() + i);
      }
    }
    copies_ = {device_, stream_, copies};
    copy_tiles_ = {device_, stream_, tiles};
    launch(preprocess::CopyBox{box_.span(), copies_.span(), copy_tiles_.span(), arena_.span()}, 0);
  }

  /// The rule of every region from its range of intensities; the levels themselves on the device.
  void discretise() {
    device_.synchronise(ranges_known_);
    const int pad = *std::max_element(settings().distances.begin(), settings().distances.end());
    failure_.resize(passengers_.size());
    one_level_.resize(passengers_.size());
    std::vector<GrayLevels> rules;
    std::vector<Tile> tiles;
    std::int64_t levels = 0, counts = 0, most = 0;
    std::vector<std::int64_t> highest_of;
    for (std::size_t i = 0; i < passengers_.size(); ++i) {
      auto rule = GrayLevels::one();
      std::int64_t highest = 1;
      bool single_level = true;
      std::uint64_t voxels = 0, lowest_key = 0, highest_key = 0;  // of the whole, whose levels its slices have
      for (std::int64_t p = whole_[i]; p < whole_[i + 1]; ++p) {
        voxels += voxels_[p];
        lowest_key = std::max(lowest_key, extremes_home_[2 * p]);
        highest_key = std::max(highest_key, extremes_home_[2 * p + 1]);
      }
      if (voxels > 0) try {
          const double low = from_ordered_key(~lowest_key), high = from_ordered_key(highest_key);
          rule = GrayLevels(
              low, high, settings(), passengers_[i].region->convention, passengers_[i].type == ScalarType::float32);
          highest = rule(high);
          single_level = rule(low) == highest;
        } catch (const Error& e) {
          failure_[i] = {std::string(code_name(e.code())), e.what()};
        }
      one_level_[i] = single_level;
      const auto parts = std::size_t(whole_[i + 1] - whole_[i]);
      rules.insert(rules.end(), parts, rule);
      highest_of.insert(highest_of.end(), parts, highest);
    }
    for (std::int64_t i = 0; i < count(); ++i) {
      const std::int64_t highest = highest_of[i];
      const BoxRegion& b = boxes_[i];
      LevelRegion& r = regions_.emplace_back();
      std::copy(b.size, b.size + 3, r.size);
      std::copy(b.spacing_mm, b.spacing_mm + 3, r.spacing_mm);
      r.first = levels;
      r.pad = pad;
      r.stride_y = b.size[0] + 2 * pad;
      r.stride_z = r.stride_y * (b.size[1] + 2 * pad);
      r.highest = std::int32_t(highest);
      r.histogram = counts;
      counts += highest + 1;
      levels += (r.padded_voxels() + 31) / 32 * 32;
      most = std::max(most, highest);
      const std::int64_t end = r.at(b.size[0] - 1, b.size[1] - 1, b.size[2] - 1) + 1 - r.at(0, 0, 0);
      for (std::int64_t first = 0; first < end; first += tile_voxels) tiles.push_back({std::int32_t(i), first});
    }
    levels_ = {device_, stream_, levels};
    levels_.zero();
    histogram_ = {device_, stream_, counts};
    histogram_.zero();
    region_ = {device_, stream_, regions_};
    rules_ = {device_, stream_, rules};
    level_tiles_ = {device_, stream_, tiles};
    const auto own = std::min(most + 1, most_private_levels);
    launch(preprocess::Discretise{box(), region_.span(), rules_.span(), box_tiles_.span(), images_, masks_, levels_,
               histogram_, int(own)},
        shared_room<std::uint32_t>(own));
  }

  static bool has_directions(Family f) { return f == Family::glcm || f == Family::glrlm; }

  void lay_out_features() {
    std::int64_t doubles = 0, of_slices = 0;
    const auto room = [](std::int64_t& total, std::int64_t n) {
      const Place p{total, n};
      total += n;
      return p;
    };
    for (int i = 0; i < family_count; ++i) {
      const auto f = Family(i);
      if (!wanted_[f]) continue;
      const auto n = std::int64_t(features(f).size()), wholes = std::int64_t(passengers_.size());
      // Directions are averaged together with slices, by the stage.
      if (wanted_.averaged || !has_directions(f))
        averaged_[i] = {
            room(doubles, wholes * n), sliced() && !has_directions(f) ? room(of_slices, count() * n) : Place{}};
      if (wanted_.merged && has_directions(f))
        merged_[i] = {room(doubles, wholes * n), sliced() ? room(of_slices, count() * n) : Place{}};
    }
    features_ = {device_, stream_, doubles};
    slice_features_ = {device_, stream_, of_slices};
    pairs_ = {device_, stream_, count()};
    pairs_.zero();
  }

  /// Words of features_, and of slice_features_ where the features of each slice are wanted before their mean.
  struct Place {
    std::int64_t first = 0, size = 0;
  };
  struct Places {
    Place whole, slices;
  };
  static Span<double> part_of(const Buffer<double, Device>& all, const Place& p) {
    return p.size ? all.span().part(p.first, p.size) : Span<double>{};
  }
  /// Where a stage puts a family's features.
  FamilyOutput output(Family f) const {
    const auto place = [&](const Places& p) {
      return p.slices.size ? part_of(slice_features_, p.slices) : part_of(features_, p.whole);
    };
    return {place(averaged_[int(f)]), place(merged_[int(f)])};
  }
  void average_slices() {
    for (int f = 0; f < family_count; ++f)
      for (const Places& p : {averaged_[f], merged_[f]}) {
        if (p.slices.size == 0) continue;
        const MeanOverDirections mean{part_of(slice_features_, p.slices), wholes_.span(), part_of(features_, p.whole),
            1, int(features(Family(f)).size())};
        device_.launch(mean, mean.shape(), stream_);
      }
  }
  std::vector<double> home(const Place& p, std::size_t whole, std::size_t n) const {
    if (!p.size) return {};
    const double* const at = features_home_.data() + p.first + std::int64_t(whole * n);
    return {at, at + n};
  }

  void collect(std::vector<Matrices>& matrices) {
    Pinned<std::uint64_t, Device> counts{device_, histogram_.size()};
    download(device_, counts, histogram_.span(), stream_);
    device_.synchronise(device_.record(stream_));
    for (std::int64_t i = 0; i < count(); ++i)
      for (std::int32_t g = 1; g <= regions_[i].highest; ++g)
        if (counts[regions_[i].histogram + g]) matrices[i].gray_levels.push_back(g);
    glcm_->collect(matrices);
    glrlm_->collect(matrices);
    glszm_->collect(matrices);
    gldm_->collect(matrices);
  }

  Device& device_;
  Stream stream_;
  std::vector<Passenger> passengers_;
  bool keep_;
  Approach approach_;
  Settings settings_;
  int across_;  ///< the axis that slices are cut across
  Wanted wanted_;
  bool with_levels_, with_images_;

  std::vector<Part> parts_;                               ///< the regions of the stages
  std::vector<std::int64_t> whole_;                       ///< passenger i is the parts [whole_[i], whole_[i + 1])
  std::vector<BoxRegion> boxes_;                          ///< of each part
  std::vector<std::uint64_t> voxels_, with_intensities_;  ///< inside, of each part
  std::vector<std::int64_t> intensity_masks_;             ///< see StageInput
  std::vector<LevelRegion> regions_;
  std::vector<Failure> failure_;  ///< of each passenger
  Failure refused_;               ///< where the settings are wrong: every region's
  std::vector<char> one_level_;   ///< of each passenger

  Pinned<std::uint8_t, Device> staging_;
  Buffer<std::uint8_t, Device> arena_;
  Span<const std::uint8_t> images_, masks_;
  std::vector<loc_int::Around> around_;            ///< of each region, where it is wanted
  std::vector<std::array<std::int64_t, 2>> gaps_;  ///< [first, end) of the staging area, ascending: not sent
  Table<BoxRegion, Device> box_;
  Table<Tile, Device> box_tiles_, level_tiles_;
  Table<preprocess::BoxToCopy, Device> copies_;
  Table<preprocess::CopyTile, Device> copy_tiles_;
  Table<std::int64_t, Device> bodies_, wholes_;
  Table<std::uint64_t, Device> inside_;
  Table<LevelRegion, Device> region_;
  Table<GrayLevels, Device> rules_;
  Buffer<std::uint64_t, Device> extremes_, histogram_, pairs_;
  Buffer<std::uint16_t, Device> levels_;
  Buffer<double, Device> features_, slice_features_;
  Pinned<std::uint64_t, Device> extremes_home_, pairs_home_;
  Pinned<double, Device> features_home_;
  std::array<Places, family_count> averaged_, merged_;
  Event ranges_known_, done_;

  std::optional<StageInput<Device>> input_;
  std::optional<shape::Stage<Device>> shape_;
  std::optional<shape2d::Stage<Device>> shape2d_;
  std::optional<firstorder::Order<Device>> order_;
  std::optional<firstorder::Stage<Device>> firstorder_;
  std::optional<loc_int::Stage<Device>> loc_int_;
  std::optional<ih::Stage<Device>> ih_;
  std::optional<ivh::Stage<Device>> ivh_;
  std::optional<glcm::Stage<Device>> glcm_;
  std::optional<glrlm::Stage<Device>> glrlm_;
  std::optional<glszm::Stage<Device>> glszm_;
  std::optional<gldzm::Stage<Device>> gldzm_;
  std::optional<gldm::Stage<Device>> gldm_;
  Settle<Device> settle_;
};

}  // namespace radloom::backend
