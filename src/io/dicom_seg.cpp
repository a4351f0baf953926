// Segments of a DICOM SEG: planes of bits, fractions or labels, placed by their positions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>

#include "io/dicom_image.hpp"
#include "io/named_mask.hpp"
#include "io/overlapping.hpp"
#include "io/text.hpp"

namespace radloom::io {
namespace {

/// How far a frame's pixels may lie from the image's voxels, in voxels.
constexpr double off_grid = 0.1;

/// Where the pixels of a frame lie among the image's voxels: pixel (column, row) at first + column * along + row * down.
struct Placement {
  std::array<std::int64_t, 3> first{}, along{}, down{};
};

class Segments : public RegionSource {
 public:
  explicit Segments(DicomObject object) : object_(std::move(object)), format_(pixel_format(object_)) {
    const std::string type = object_.root.text(tags::segmentation_type);
    kind_ = type == "BINARY" ? Kind::binary : type == "FRACTIONAL" ? Kind::fractional : Kind::label_map;
    if (kind_ == Kind::label_map && type != "LABELMAP")
      object_.refuse(ErrorCode::file_unreadable,
          fmt::format("is a segmentation of the type \"{}\", which is not read", shown(type)));
    if ((format_.allocated == 1) != (kind_ == Kind::binary) || format_.is_signed ||
        (kind_ == Kind::fractional && format_.allocated != 8))
      object_.refuse(
          ErrorCode::file_corrupt, fmt::format("is a segmentation ({}) of {}-bit pixels", type, format_.allocated));
    if (kind_ == Kind::binary && object_.encapsulated)
      object_.refuse(
          ErrorCode::file_unreadable, "its bits are compressed, which is not read; decompress it (gdcmconv --raw)");
    if (kind_ == Kind::fractional)
      maximum_ = object_.number(object_.root, tags::maximum_fraction, "MaximumFractionalValue").value_or(255);
    if (maximum_ < 1) object_.refuse(ErrorCode::file_corrupt, "its MaximumFractionalValue (0062,000E) is 0");
    for (const DicomItem& item : object_.root.sequence(tags::segments)) {
      const auto number = object_.number(item, tags::segment_number, "SegmentNumber");
      if (!number) object_.refuse(ErrorCode::file_corrupt, "a segment has no number (0062,0004)");
      if (*number == 0) continue;  // the background of a label map
      names_.push_back({*number, to_utf8(object_, item.text(tags::segment_label)), kind_ == Kind::label_map});
    }
    if (names_.empty()) object_.refuse(ErrorCode::file_unreadable, "is a segmentation without a segment");
    frames_ = frames_of(object_, format_.frames);
    for (std::int64_t i = 0; i < format_.frames && kind_ != Kind::label_map; ++i) {
      const auto number = object_.number(functional_group(object_, tags::segment_identification, i),
          tags::referenced_segment, "ReferencedSegmentNumber");
      if (!number)
        object_.refuse(ErrorCode::file_corrupt, fmt::format("frame {} belongs to no segment (0062,000B)", i + 1));
      segments_.push_back(*number);
      for (MaskName& name : names_)
        if (name.number == std::int64_t(*number)) name.outlined = true;
    }
  }

  void draw(std::size_t index, const Geometry& image, const std::string& frame_of_reference,
      OverlappingRegions& to) const override {
    const MaskName& name = names_[index];
    check_frame_of_reference(object_, object_.root.text(tags::frame_of_reference), frame_of_reference);
    if (kind_ == Kind::label_map) return draw_label(name, image, to);
    const StoredFile file(object_.path);
    std::vector<std::int32_t> pixels;
    for (std::int64_t i = 0; i < format_.frames; ++i) {
      if (segments_[std::size_t(i)] != std::uint32_t(name.number)) continue;
      if (kind_ == Kind::binary) read_bits(file, i, pixels);
      else read_frame(file, object_, format_, i, pixels);
      const Placement place = place_of(name, i, image);
      if (kind_ == Kind::fractional)
        for (std::int32_t& pixel : pixels) pixel = 2 * std::uint32_t(pixel) >= maximum_ ? 1 : 0;
      for_each_run(pixels, i, [&](std::int32_t, const Run& run) { add(name, run, place, image, to); });
    }
  }

 private:
  enum class Kind { binary, fractional, label_map };
  /// Neighbours in a row of a frame that have the same value.
  struct Run {
    std::int64_t frame = 0;
    std::int32_t row = 0, column = 0, length = 0;
  };

  /// Calls `found` with the value and the run, of all values but 0.
  template <class Found>
  void for_each_run(const std::vector<std::int32_t>& pixels, std::int64_t frame, Found found) const {
    const auto columns = std::int32_t(format_.columns);
    for (std::int32_t row = 0; row < std::int32_t(format_.rows); ++row) {
      const std::int32_t* const line = pixels.data() + std::int64_t(row) * columns;
      for (std::int32_t column = 0, end = 0; column < columns; column = end) {
        while (end < columns && line[end] == line[column]) ++end;
        if (line[column] != 0) found(line[column], Run{frame, row, column, end - column});
      }
    }
  }

  /// Where each label of a label map lies.
  using Runs = std::map<std::int64_t, std::vector<Run>>;

  void draw_label(const MaskName& name, const Geometry& image, OverlappingRegions& to) const {
    std::optional<Placement> place;
    std::int64_t frame = -1;
    const auto add_run = [&](const Run& run) {
      if (run.frame != frame) place = place_of(name, frame = run.frame, image);
      add(name, run, *place, image, to);
    };
    if (const Runs* const runs = labels()) {
      if (const auto own = runs->find(name.number); own != runs->end())
        for (const Run& run : own->second) add_run(run);
      return;
    }
    for_each_plane([&](std::int32_t label, const Run& run) {
      if (label == name.number) add_run(run);
      return true;
    });
  }

  /// Planes are decoded once, however many labels are drawn, on whatever threads, and so is said what is wrong with one. Nothing where runs would take more
  /// memory than is bearable: a file may hold a billion of them in a few bytes.
  const Runs* labels() const {
    constexpr std::size_t most = std::size_t(1) << 24;
    const std::lock_guard lock(decoding_);
    if (damage_) throw Error(*damage_);
    if (labels_ || too_many_) return labels_ ? &*labels_ : nullptr;
    Runs found;
    std::size_t count = 0;
    for (const MaskName& name : names_) found[name.number];  // others have no name, and are not asked for
    try {
      for_each_plane([&](std::int32_t label, const Run& run) {
        if (const auto own = found.find(label); own != found.end() && ++count <= most) own->second.push_back(run);
        return count <= most;
      });
    } catch (const Error& error) {
      damage_ = error;
      throw;
    }
    too_many_ = count > most;
    return too_many_ ? nullptr : &labels_.emplace(std::move(found));
  }

  /// Calls `found` with the labels and the runs of all planes, until it says false.
  template <class Found>
  void for_each_plane(Found found) const {
    const StoredFile file(object_.path);
    std::vector<std::int32_t> pixels;
    bool goes_on = true;
    for (std::int64_t i = 0; i < format_.frames && goes_on; ++i) {
      read_frame(file, object_, format_, i, pixels);
      for_each_run(pixels, i, [&](std::int32_t label, const Run& run) { goes_on = goes_on && found(label, run); });
    }
  }

  void add(const MaskName& name, const Run& run, const Placement& place, const Geometry& image,
      OverlappingRegions& to) const {
    for (std::int64_t column = run.column; column < run.column + run.length; ++column) {
      std::int64_t offset = 0;
      for (std::size_t axis = 3; axis-- > 0;) {
        const std::int64_t at = place.first[axis] + column * place.along[axis] + run.row * place.down[axis];
        if (at < 0 || at >= image.size[axis])
          refuse(name, run.frame, "reaches beyond the image; name the image it was drawn on",
              ErrorCode::region_outside_image);
        offset = offset * image.size[axis] + at;
      }
      to.add(offset, 1);
    }
  }

  [[noreturn]] void refuse(const MaskName& name, std::int64_t frame, const std::string& problem, ErrorCode code) const {
    object_.refuse(code, fmt::format("frame {}, of {}, {}", frame + 1, named("segment", name), problem));
  }

  /// Bits are packed across the ends of rows and frames, the lowest of a byte first (PS3.5, 8.1.1).
  void read_bits(const StoredFile& file, std::int64_t frame, std::vector<std::int32_t>& pixels) const {
    const auto count = std::uint64_t(format_.pixels_of_a_frame()), first = std::uint64_t(frame) * count;
    std::vector<std::uint8_t> bytes(std::size_t((first + count + 7) / 8 - first / 8));
    file.read(object_.pixels.offset + first / 8, bytes.data(), bytes.size());
    pixels.resize(std::size_t(count));
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t bit = first % 8 + i;
      pixels[std::size_t(i)] = bytes[std::size_t(bit / 8)] >> (bit % 8) & 1;
    }
  }

  Placement place_of(const MaskName& name, std::int64_t index, const Geometry& image) const {
    const DicomFrame& frame = frames_[std::size_t(index)];
    const auto at = [&](double column, double row) {
      std::array<double, 3> p = frame.position;
      for (std::size_t i = 0; i < 3; ++i)
        p[i] += column * frame.spacing[1] * frame.orientation[i] + row * frame.spacing[0] * frame.orientation[3 + i];
      return image.to_index(p);
    };
    const auto last_column = double(format_.columns - 1), last_row = double(format_.rows - 1);
    const auto origin = at(0, 0), next_column = at(1, 0), next_row = at(0, 1);
    Placement place;
    int along = 0, down = 0;
    const auto off = [&](const std::array<double, 3>& p, const std::array<std::int64_t, 3>& expected) {
      double most = 0;
      for (std::size_t i = 0; i < 3; ++i) most = std::max(most, std::abs(p[i] - double(expected[i])));
      return !(most <= off_grid);
    };
    bool fits = true;
    for (std::size_t i = 0; i < 3; ++i) {
      if (!(std::abs(origin[i]) < 1e6 && std::abs(next_column[i]) < 2e6 && std::abs(next_row[i]) < 2e6)) {
        fits = false;
        break;
      }
      place.first[i] = std::llround(origin[i]);
      place.along[i] = std::llround(next_column[i] - origin[i]);
      place.down[i] = std::llround(next_row[i] - origin[i]);
      along += int(std::abs(place.along[i]));
      down += int(std::abs(place.down[i]));
    }
    if (fits) {
      auto end_of_row = place.first, end_of_column = place.first;
      for (std::size_t i = 0; i < 3; ++i) {
        end_of_row[i] += (format_.columns - 1) * place.along[i];
        end_of_column[i] += (format_.rows - 1) * place.down[i];
      }
      fits = along == 1 && down == 1 && place.along != place.down && !off(origin, place.first) &&
             !off(at(last_column, 0), end_of_row) && !off(at(0, last_row), end_of_column);
    }
    if (!fits)
      refuse(name, index,
          fmt::format(
              "does not lie on the image's grid: it begins at voxel ({:.4g}, {:.4g}, {:.4g}), and its pixels are {:g} x {:g} mm; "
              "name the image it was drawn on",
              origin[0], origin[1], origin[2], frame.spacing[1], frame.spacing[0]),
          ErrorCode::geometry_mismatch);
    return place;
  }

  DicomObject object_;
  PixelFormat format_;
  Kind kind_ = Kind::binary;
  std::uint32_t maximum_ = 1;
  std::vector<DicomFrame> frames_;
  std::vector<std::uint32_t> segments_;  ///< of each frame
  mutable std::mutex decoding_;
  mutable std::optional<Runs> labels_;  ///< once decoded, not changed any more
  mutable std::optional<Error> damage_;
  mutable bool too_many_ = false;
};

}  // namespace

std::unique_ptr<RegionSource> make_segments(DicomObject object) {
  return std::make_unique<Segments>(std::move(object));
}

}  // namespace radloom::io
