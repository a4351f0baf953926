#pragma once
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "backend/columns.hpp"
#include "backend/cuda/device.hpp"
#include "catalogue/indices.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/firstorder/stage.hpp"
#include "kernels/glcm/stage.hpp"
#include "kernels/gldm/stage.hpp"
#include "kernels/gldzm/stage.hpp"
#include "kernels/glrlm/stage.hpp"
#include "kernels/glszm/stage.hpp"
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

/// A region of a batch with its image, on the host or on the device, and where its measurement goes.
struct Passenger {
  const Region* region;
  ScalarType type;  ///< of the image's voxels
  Volume image;     ///< on the grid of the region's mask; empty where it is resident
  std::optional<ResidentPart> resident;
  Measurement* measurement;
};

/// Regions of one configuration on their way over one stream: packed and sent, discretised, measured, brought back. Three steps, so that
/// the copies of one flight overlap the work of another.
///
/// Launches do not depend on the number of regions. The host waits twice, each time for an event of this stream: for the range of
/// intensities, since the number of gray levels decides how large the matrices are, and for the features.
template <AnyDevice Device>
class Flight {
 public:
  /// Packs images and masks into pinned memory and starts sending them. Throws DeviceOutOfMemory, DeviceLost.
  Flight(Device& device, Stream stream, std::vector<Passenger> passengers, bool keep_matrices)
      : device_(device), stream_(stream), passengers_(std::move(passengers)), keep_(keep_matrices),
        wanted_(*passengers_.front().region), with_levels_(wanted_.levels() || keep_), settle_(device, stream) {
    pack();
    extremes_ = {device_, stream_, 2 * count()};
    extremes_.zero();
    if (with_levels_) launch(preprocess::IntensityRange{box_.span(), box_tiles_.span(), images_, masks_, extremes_}, 0);
    extremes_home_ = {device_, extremes_.size()};
    download(device_, extremes_home_, extremes_.span(), stream_);
    ranges_known_ = device_.record(stream_);
  }
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

  /// Lays out the gray levels and puts every stage on the stream.
  void measure() {
    if (with_levels_) discretise();
    const StageInput<Device> input{device_, stream_, settings(), passengers_.front().region->convention, wanted_, keep_,
        boxes_, box_.span(), images_, masks_, box_tiles_.span(), inside_.span(), regions_, region_.span(), levels_,
        level_tiles_.span(), histogram_, bodies_.span()};
    input_.emplace(input);
    lay_out_features();
    if (wanted_[Family::shape]) shape_.emplace(*input_, output(Family::shape));
    if (wanted_[Family::shape2d]) shape2d_.emplace(*input_, output(Family::shape2d));
    if (wanted_[Family::firstorder]) firstorder_.emplace(*input_, output(Family::firstorder));
    if (wanted_[Family::glcm] || keep_) glcm_.emplace(*input_, output(Family::glcm), pairs_.span());
    if (wanted_[Family::glrlm] || keep_) glrlm_.emplace(*input_, output(Family::glrlm));
    if (wanted_[Family::glszm] || wanted_[Family::gldzm] || keep_) {
      const glszm::Forest<Device> forest(*input_);
      if (wanted_[Family::glszm] || keep_) glszm_.emplace(*input_, forest, output(Family::glszm));
      if (wanted_[Family::gldzm]) gldzm_.emplace(*input_, forest, output(Family::gldzm));
    }
    if (wanted_[Family::gldm] || wanted_[Family::ngtdm] || keep_)
      gldm_.emplace(*input_, output(Family::gldm), output(Family::ngtdm));
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
    if (keep_) collect(matrices);
    for (std::int64_t i = 0; i < count(); ++i) {
      Measurement& m = *passengers_[i].measurement;
      if (voxels_[i] == 0) {
        m.failure = {std::string(code_name(ErrorCode::empty_mask)), "the region holds no voxel"};
        continue;
      }
      if (with_levels_ && !failure_[i].code.empty()) {
        m.failure = failure_[i];
        continue;
      }
      const auto voxels = std::int64_t(voxels_[i]);
      const int approach = int(approach_of({}, settings()));
      RegionFacts facts{voxels, voxels, with_levels_ ? (one_level_[i] ? 1 : 2) : 0, {}};
      facts.no_pairs[approach] = (wanted_[Family::glcm] || keep_) && pairs_home_[i] == 0;
      Values values;
      for (int f = 0; f < family_count; ++f) {
        values[approach][f].averaged = home(averaged_[f], i, features(Family(f)).size());
        values[approach][f].merged = home(merged_[f], i, features(Family(f)).size());
      }
      m.values = values_of_columns(*passengers_[i].region, values, facts);
      if (keep_) m.matrices = std::move(matrices[i]);
    }
  }

 private:
  static constexpr int threads = 256;
  static constexpr std::int64_t most_private_levels = 4096;

  const Settings& settings() const { return *passengers_.front().region->settings; }
  std::int64_t count() const { return std::int64_t(passengers_.size()); }
  template <class Body>
  void launch(const Body& body, std::size_t shared_bytes) {
    if (body.tiles.size > 0) device_.launch(body, {body.tiles.size, threads, shared_bytes}, stream_);
  }

  void pack() {
    const auto n = passengers_.size();
    boxes_.resize(n);
    voxels_.resize(n);
    std::int64_t image_bytes = 0, mask_bytes = 0;
    std::vector<Tile> tiles;
    std::vector<std::int64_t> bodies(wanted_[Family::gldzm] ? n : 0);
    for (std::size_t i = 0; i < n; ++i) {
      const Geometry& g = passengers_[i].region->mask.geometry();
      BoxRegion& b = boxes_[i];
      for (int d = 0; d < 3; ++d) {
        b.size[d] = std::int32_t(g.size[d]);
        b.spacing_mm[d] = g.spacing_mm[d];
      }
      b.mask = mask_bytes;
      mask_bytes += b.voxels();
      if (!bodies.empty()) {
        const bool own = !passengers_[i].region->morphological_mask.empty();
        bodies[i] = own ? mask_bytes : b.mask;
        if (own) mask_bytes += b.voxels();
      }
      if (with_levels_) {
        b.type = passengers_[i].type;
        b.image = image_bytes;
        image_bytes += (b.voxels() * std::int64_t(bytes_of(b.type)) + 7) / 8 * 8;
      }
      for (std::int64_t first = 0; first < b.voxels(); first += tile_voxels) tiles.push_back({std::int32_t(i), first});
    }
    staging_ = {device_, image_bytes + mask_bytes};  // what is resident leaves a gap that is not sent
    // A tile a piece, so that one large region is packed by all threads too.
    std::vector<std::uint32_t> inside(tiles.size());
    tbb::parallel_for(std::size_t(0), tiles.size(), [&](std::size_t t) {
      const std::size_t i = std::size_t(tiles[t].region);
      const BoxRegion& b = boxes_[i];
      const std::int64_t first = tiles[t].first, length = std::min(tile_voxels, b.voxels() - first);
      const std::uint8_t* const mask = passengers_[i].region->mask.template as<std::uint8_t>().data() + first;
      std::uint8_t* const to = staging_.data() + image_bytes + b.mask + first;
      for (std::int64_t v = 0; v < length; ++v) inside[t] += to[v] = mask[v] != 0;
      if (!bodies.empty() && bodies[i] != b.mask) {
        const auto* const body = passengers_[i].region->morphological_mask.template as<std::uint8_t>().data() + first;
        std::uint8_t* const there = staging_.data() + image_bytes + bodies[i] + first;
        for (std::int64_t v = 0; v < length; ++v) there[v] = body[v] != 0;
      }
      if (!with_levels_ || passengers_[i].resident) return;
      const std::size_t bytes = bytes_of(b.type);
      std::memcpy(staging_.data() + b.image + std::size_t(first) * bytes,
          static_cast<const std::uint8_t*>(passengers_[i].image.data()) + std::size_t(first) * bytes,
          std::size_t(length) * bytes);
    });
    for (std::size_t t = 0; t < tiles.size(); ++t) voxels_[std::size_t(tiles[t].region)] += inside[t];
    arena_ = {device_, stream_, staging_.size()};
    send(image_bytes);
    images_ = arena_.span().part(0, image_bytes);
    masks_ = arena_.span().part(image_bytes, mask_bytes);
    box_ = {device_, stream_, boxes_};
    if (with_levels_) copy_resident();
    box_tiles_ = {device_, stream_, tiles};
    inside_ = {device_, stream_, voxels_};
    bodies_ = {device_, stream_, bodies};
  }

  /// Sends the staging area but for the gaps of images that are on the device already.
  void send(std::int64_t image_bytes) {
    std::int64_t from = 0;
    const auto until = [&](std::int64_t to) {
      if (to > from) device_.upload(arena_.span().data + from, staging_.data() + from, std::size_t(to - from), stream_);
    };
    if (with_levels_)
      for (std::size_t i = 0; i < passengers_.size(); ++i)
        if (passengers_[i].resident) {
          until(boxes_[i].image);
          from = i + 1 < passengers_.size() ? boxes_[i + 1].image : image_bytes;
        }
    until(staging_.size());
  }

  void copy_resident() {
    std::vector<preprocess::BoxToCopy> copies;
    std::vector<preprocess::CopyTile> tiles;
    for (std::size_t i = 0; i < passengers_.size(); ++i) {
      const auto& resident = passengers_[i].resident;
      if (!resident) continue;
      device_.wait(stream_, resident->ready);
      preprocess::BoxToCopy c{resident->bytes, {}, {}, std::int32_t(i)};
      std::copy(resident->size.begin(), resident->size.end(), c.size);
      std::copy(resident->first.begin(), resident->first.end(), c.first);
      for (std::int64_t first = 0; first < boxes_[i].voxels(); first += preprocess::CopyBox::voxels)
        tiles.push_back({std::int32_t(copies.size()), first});
      copies.push_back(c);
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
    for (std::int64_t i = 0; i < count(); ++i) {
      rules.push_back(GrayLevels::one());
      std::int64_t highest = 1;
      bool single_level = true;
      if (voxels_[i] > 0) try {
          const double low = from_ordered_key(~extremes_home_[2 * i]),
                       high = from_ordered_key(extremes_home_[2 * i + 1]);
          rules.back() = GrayLevels(
              low, high, settings(), passengers_[i].region->convention, passengers_[i].type == ScalarType::float32);
          highest = rules.back()(high);
          single_level = rules.back()(low) == highest;
        } catch (const Error& e) {
          failure_[i] = {std::string(code_name(e.code())), e.what()};
        }
      one_level_[i] = single_level;
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
    launch(preprocess::Discretise{box_.span(), region_.span(), rules_.span(), box_tiles_.span(), images_, masks_,
               levels_, histogram_, int(own)},
        shared_room<std::uint32_t>(own));
  }

  static bool has_directions(Family f) { return f == Family::glcm || f == Family::glrlm; }

  void lay_out_features() {
    std::int64_t doubles = 0;
    const auto take = [&](bool wanted, Family f) {
      const std::int64_t n = wanted ? count() * std::int64_t(features(f).size()) : 0;
      const Place p{doubles, n};
      doubles += n;
      return p;
    };
    for (int i = 0; i < family_count; ++i) {
      const auto f = Family(i);
      averaged_[i] = take(wanted_[f] && (wanted_.averaged || !has_directions(f)), f);
      merged_[i] = take(wanted_[f] && wanted_.merged && has_directions(f), f);
    }
    features_ = {device_, stream_, doubles};
    pairs_ = {device_, stream_, count()};
    pairs_.zero();
  }

  struct Place {
    std::int64_t first = 0, size = 0;
  };
  FamilyOutput output(Family f) const {
    const auto part = [&](const Place& p) { return p.size ? features_.span().part(p.first, p.size) : Span<double>{}; };
    return {part(averaged_[int(f)]), part(merged_[int(f)])};
  }
  std::vector<double> home(const Place& p, std::int64_t region, std::size_t n) const {
    if (!p.size) return {};
    const double* const at = features_home_.data() + p.first + region * std::int64_t(n);
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
  Wanted wanted_;
  bool with_levels_;

  std::vector<BoxRegion> boxes_;
  std::vector<std::uint64_t> voxels_;  ///< inside, of each
  std::vector<LevelRegion> regions_;
  std::vector<Failure> failure_;
  std::vector<char> one_level_;

  Pinned<std::uint8_t, Device> staging_;
  Buffer<std::uint8_t, Device> arena_;
  Span<const std::uint8_t> images_, masks_;
  Table<BoxRegion, Device> box_;
  Table<Tile, Device> box_tiles_, level_tiles_;
  Table<preprocess::BoxToCopy, Device> copies_;
  Table<preprocess::CopyTile, Device> copy_tiles_;
  Table<std::int64_t, Device> bodies_;
  Table<std::uint64_t, Device> inside_;
  Table<LevelRegion, Device> region_;
  Table<GrayLevels, Device> rules_;
  Buffer<std::uint64_t, Device> extremes_, histogram_, pairs_;
  Buffer<std::uint16_t, Device> levels_;
  Buffer<double, Device> features_;
  Pinned<std::uint64_t, Device> extremes_home_, pairs_home_;
  Pinned<double, Device> features_home_;
  std::array<Place, family_count> averaged_, merged_;
  Event ranges_known_, done_;

  std::optional<StageInput<Device>> input_;
  std::optional<shape::Stage<Device>> shape_;
  std::optional<shape2d::Stage<Device>> shape2d_;
  std::optional<firstorder::Stage<Device>> firstorder_;
  std::optional<glcm::Stage<Device>> glcm_;
  std::optional<glrlm::Stage<Device>> glrlm_;
  std::optional<glszm::Stage<Device>> glszm_;
  std::optional<gldzm::Stage<Device>> gldzm_;
  std::optional<gldm::Stage<Device>> gldm_;
  Settle<Device> settle_;
};

}  // namespace radloom::backend
