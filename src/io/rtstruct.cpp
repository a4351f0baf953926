// Structures of a DICOM RTSTRUCT: closed contours in the patient, made voxels by the even-odd rule.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "io/named_mask.hpp"
#include "io/overlapping.hpp"
#include "io/text.hpp"

namespace radloom::io {
namespace {

/// How far from a slice a contour may lie, in slices: what rounding of positions does, and not another image.
constexpr double off_slice = 0.1;
/// Points are taken to this part of a voxel, so that noise in the last digits does not decide on which side of a voxel's
/// centre a contour runs that was drawn through centres.
constexpr double grain = 1 << 20;

struct Point {
  double x = 0, y = 0;
};
using Polygon = std::vector<Point>;

/// Encloses nothing.
bool is_open(const DicomItem& contour) {
  const std::string type = contour.text(tags::contour_type);
  return type == "POINT" || type == "OPEN_PLANAR" || type == "OPEN_NONPLANAR";
}

class Structures : public RegionSource {
 public:
  explicit Structures(DicomObject object) : object_(std::move(object)) {
    for (const DicomItem& item : object_.root.sequence(tags::structure_rois)) {
      const auto number = object_.decimal(item, tags::roi_number, "ROINumber");
      if (!number || *number != std::trunc(*number) || std::abs(*number) > 1e9)
        object_.refuse(ErrorCode::file_corrupt, "a structure has no number (3006,0022)");
      names_.push_back({std::int64_t(*number), to_utf8(object_, item.text(tags::roi_name)), false});
      frames_.push_back(item.text(tags::roi_frame_of_reference));
    }
    for (const DicomItem& roi : object_.root.sequence(tags::roi_contours)) {
      const auto& contours = roi.sequence(tags::contours);
      if (std::all_of(contours.begin(), contours.end(), is_open)) continue;
      const auto number = object_.decimal(roi, tags::referenced_roi, "ReferencedROINumber");
      for (MaskName& name : names_)
        if (number && *number == double(name.number)) name.outlined = true;
    }
    if (names_.empty()) object_.refuse(ErrorCode::file_unreadable, "is a structure set without a structure");
  }

  void draw(std::size_t index, const Geometry& image, const std::string& frame_of_reference,
      OverlappingRegions& to) const override {
    const MaskName& name = names_[index];
    check_frame_of_reference(object_, frames_[index], frame_of_reference);
    std::map<std::int64_t, std::vector<Polygon>> slices;
    for (const DicomItem& roi : object_.root.sequence(tags::roi_contours)) {
      const auto number = object_.decimal(roi, tags::referenced_roi, "ReferencedROINumber");
      if (!number || *number != double(name.number)) continue;
      const auto& contours = roi.sequence(tags::contours);
      for (std::size_t i = 0; i < contours.size(); ++i) {
        if (is_open(contours[i])) continue;
        const std::string type = contours[i].text(tags::contour_type);
        if (type != "CLOSED_PLANAR" && type != "CLOSEDPLANAR_XOR")
          refuse(name, i, fmt::format("is of the type \"{}\", which is not read", shown(type)));
        auto [slice, polygon] = place(name, i, object_.decimals(contours[i], tags::contour_data, "ContourData"), image);
        if (polygon.size() > 2) slices[slice].push_back(std::move(polygon));
      }
    }
    for (const auto& [slice, polygons] : slices) fill(polygons, slice, image, to);
  }

 private:
  [[noreturn]] void refuse(const MaskName& name, std::size_t contour, const std::string& problem,
      ErrorCode code = ErrorCode::file_unreadable) const {
    object_.refuse(code, fmt::format("contour {} of {} {}", contour + 1, named("structure", name), problem));
  }

  /// The contour in the indices of the image, and its slice.
  std::pair<std::int64_t, Polygon> place(
      const MaskName& name, std::size_t contour, const std::vector<double>& numbers, const Geometry& image) const {
    if (numbers.empty()) return {0, {}};
    if (numbers.size() % 3 != 0)
      refuse(name, contour, fmt::format("has {} numbers, which are no points of three", numbers.size()),
          ErrorCode::file_corrupt);
    Polygon polygon;
    double low = INFINITY, high = -INFINITY;
    for (std::size_t i = 0; i < numbers.size(); i += 3) {
      const auto at = image.to_index({numbers[i], numbers[i + 1], numbers[i + 2]});
      low = std::min(low, at[2]);
      high = std::max(high, at[2]);
      for (std::size_t axis = 0; axis < 2; ++axis)
        if (!(at[axis] >= -0.5 - 1 / grain && at[axis] <= double(image.size[axis]) - 0.5 + 1 / grain))
          refuse(name, contour,
              fmt::format("leaves the image at ({:g}, {:g}, {:g})", numbers[i], numbers[i + 1], numbers[i + 2]),
              ErrorCode::region_outside_image);
      polygon.push_back({std::round(at[0] * grain) / grain, std::round(at[1] * grain) / grain});
    }
    const double slice = std::round((low + high) / 2);
    if (!(slice >= 0 && slice < double(image.size[2])))
      refuse(name, contour,
          fmt::format(
              "lies outside the image, at slice {:.4g} of {} (counted from 0)", (low + high) / 2, image.size[2]),
          ErrorCode::region_outside_image);
    if (slice - low > off_slice || high - slice > off_slice)
      refuse(name, contour,
          fmt::format(
              "lies in no slice of the image but between {:.4g} and {:.4g} (counted from 0); name the image it was drawn on",
              low, high),
          ErrorCode::geometry_mismatch);
    return {std::int64_t(slice), std::move(polygon)};
  }

  static void fill(
      const std::vector<Polygon>& polygons, std::int64_t slice, const Geometry& image, OverlappingRegions& to) {
    // Where each line of voxel centres is crossed: a mark at the first centre beyond the crossing, taken back by a second one.
    // An edge counts from its lower end up to before its upper one.
    const std::int64_t width = image.size[0] + 1;
    std::vector<std::uint8_t> marks(std::size_t(width * image.size[1]));
    for (const Polygon& polygon : polygons)
      for (std::size_t i = 0; i < polygon.size(); ++i) {
        Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
        if (a.y > b.y) std::swap(a, b);  // so that an edge that is gone along twice is crossed at the same place
        const std::int64_t end = std::min(image.size[1], std::int64_t(std::ceil(b.y)));
        for (std::int64_t y = std::max<std::int64_t>(0, std::int64_t(std::ceil(a.y))); y < end; ++y) {
          const double x = a.x + (double(y) - a.y) * (b.x - a.x) / (b.y - a.y);
          marks[std::size_t(y * width + std::clamp<std::int64_t>(std::int64_t(std::ceil(x)), 0, image.size[0]))] ^= 1;
        }
      }
    for (std::int64_t y = 0; y < image.size[1]; ++y) {
      const std::uint8_t* const line = marks.data() + y * width;
      bool inside = false;
      for (std::int64_t x = 0, first = 0; x < width; ++x) {
        if (!line[x] && !(inside && x == width - 1)) continue;
        if (inside) to.add((slice * image.size[1] + y) * image.size[0] + first, x - first);
        inside = !inside;
        first = x;
      }
    }
  }

  DicomObject object_;
  std::vector<std::string> frames_;
};

}  // namespace

std::unique_ptr<RegionSource> make_structures(DicomObject object) {
  return std::make_unique<Structures>(std::move(object));
}

}  // namespace radloom::io
