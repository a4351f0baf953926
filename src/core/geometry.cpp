#include "radloom/geometry.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "radloom/error.hpp"

namespace radloom {
namespace {

constexpr std::array<char, 3> axis_names{'x', 'y', 'z'};

double determinant(const std::array<double, 9>& m) noexcept {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}

std::array<double, 9> inverse(const std::array<double, 9>& m) noexcept {
  const double d = determinant(m);
  return {(m[4] * m[8] - m[5] * m[7]) / d, (m[2] * m[7] - m[1] * m[8]) / d, (m[1] * m[5] - m[2] * m[4]) / d,
      (m[5] * m[6] - m[3] * m[8]) / d, (m[0] * m[8] - m[2] * m[6]) / d, (m[2] * m[3] - m[0] * m[5]) / d,
      (m[3] * m[7] - m[4] * m[6]) / d, (m[1] * m[6] - m[0] * m[7]) / d, (m[0] * m[4] - m[1] * m[3]) / d};
}

/// Volume of the parallelepiped the axes span, in parts of that of a box of the same edges: 1 orthogonal, 0 flat.
double span_of_axes(const std::array<double, 9>& m) noexcept {
  double edges = 1;
  for (int i = 0; i < 3; ++i) edges *= std::hypot(m[i], m[3 + i], m[6 + i]);
  return edges > 0 ? std::abs(determinant(m)) / edges : 0;
}

/// The axis along which two vectors differ most, or -1 where they agree. A NaN differs from everything.
int worst_axis(const std::array<double, 3>& a, const std::array<double, 3>& b, double tolerance) noexcept {
  int worst = -1;
  for (int i = 0; i < 3; ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (!(difference <= tolerance) && (worst < 0 || !(difference <= std::abs(a[worst] - b[worst])))) worst = i;
  }
  return worst;
}

std::string difference_in_mm(
    const char* property, const std::array<double, 3>& image, const std::array<double, 3>& mask, double tolerance) {
  const int axis = worst_axis(image, mask, tolerance);
  if (axis < 0) return {};
  return fmt::format("{} differs by {:.6g} mm along {} (image {:.9g}, mask {:.9g}; tolerance {:.6g} mm)", property,
      std::abs(image[axis] - mask[axis]), axis_names[axis], image[axis], mask[axis], tolerance);
}

std::string difference_of_directions(
    const std::array<double, 9>& image, const std::array<double, 9>& mask, double tolerance) {
  int worst = -1;
  for (int i = 0; i < 9; ++i) {
    const double difference = std::abs(image[i] - mask[i]);
    if (!(difference <= tolerance) && (worst < 0 || !(difference <= std::abs(image[worst] - mask[worst])))) worst = i;
  }
  if (worst < 0) return {};
  const int axis = worst % 3;
  return fmt::format(
      "direction of axis {} differs by {:.6g} (image {:.6g} {:.6g} {:.6g}, mask {:.6g} {:.6g} {:.6g}; tolerance {:.6g})",
      axis_names[axis], std::abs(image[worst] - mask[worst]), image[axis], image[3 + axis], image[6 + axis], mask[axis],
      mask[3 + axis], mask[6 + axis], tolerance);
}

}  // namespace

std::array<double, 3> Geometry::to_physical(const std::array<double, 3>& index) const noexcept {
  std::array<double, 3> position = origin_mm;
  for (int row = 0; row < 3; ++row)
    for (int axis = 0; axis < 3; ++axis) position[row] += direction[3 * row + axis] * spacing_mm[axis] * index[axis];
  return position;
}

std::array<double, 3> Geometry::to_index(const std::array<double, 3>& position_mm) const noexcept {
  const std::array<double, 9> back = inverse(direction);
  std::array<double, 3> index{};
  for (int axis = 0; axis < 3; ++axis) {
    for (int row = 0; row < 3; ++row) index[axis] += back[3 * axis + row] * (position_mm[row] - origin_mm[row]);
    index[axis] /= spacing_mm[axis];
  }
  return index;
}

Geometry crop(const Geometry& grid, const Box& box) noexcept {
  Geometry part = grid;
  part.size = box.size;
  part.origin_mm = grid.to_physical({double(box.first[0]), double(box.first[1]), double(box.first[2])});
  return part;
}

void check_geometry(const Geometry& grid, const std::string& what) {
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::geometry_invalid, what + ": " + why); };
  std::int64_t voxels = 1;
  for (int i = 0; i < 3; ++i) {
    if (grid.size[i] <= 0)
      refuse(fmt::format("the size along {} is {}; it must be positive", axis_names[i], grid.size[i]));
    if (grid.size[i] > std::numeric_limits<std::int64_t>::max() / voxels)
      refuse(fmt::format("{} x {} x {} voxels are more than can be counted; the header is damaged", grid.size[0],
          grid.size[1], grid.size[2]));
    voxels *= grid.size[i];
  }
  for (int i = 0; i < 3; ++i) {
    if (!std::isfinite(grid.spacing_mm[i]) || grid.spacing_mm[i] <= 0)
      refuse(fmt::format("the spacing along {} is {:.9g} mm; it must be positive and finite: repair the header",
          axis_names[i], grid.spacing_mm[i]));
    if (!std::isfinite(grid.origin_mm[i]))
      refuse(fmt::format(
          "the origin along {} is {:.9g} mm; it must be finite: repair the header", axis_names[i], grid.origin_mm[i]));
  }
  for (const double value : grid.direction)
    if (!std::isfinite(value)) refuse("the direction holds a number that is not finite: repair the header");
  if (!(span_of_axes(grid.direction) > 1e-6))
    refuse(
        fmt::format("the direction is singular, its axes lie in one plane ({:.6g} {:.6g} {:.6g}; {:.6g} {:.6g} {:.6g}; "
                    "{:.6g} {:.6g} {:.6g}): repair the header",
            grid.direction[0], grid.direction[1], grid.direction[2], grid.direction[3], grid.direction[4],
            grid.direction[5], grid.direction[6], grid.direction[7], grid.direction[8]));
}

std::string describe_mismatch(const Geometry& image, const Geometry& mask, double tolerance) {
  std::string text;
  const auto add = [&](const std::string& difference) {
    if (!difference.empty()) text += (text.empty() ? "" : "; ") + difference;
  };
  if (image.size != mask.size)
    add(fmt::format("size differs: image {} x {} x {}, mask {} x {} x {}", image.size[0], image.size[1], image.size[2],
        mask.size[0], mask.size[1], mask.size[2]));
  const double tolerance_mm = tolerance * std::abs(image.spacing_mm[0]);
  add(difference_in_mm("spacing", image.spacing_mm, mask.spacing_mm, tolerance_mm));
  add(difference_in_mm("origin", image.origin_mm, mask.origin_mm, tolerance_mm));
  add(difference_of_directions(image.direction, mask.direction, tolerance));
  return text;
}

}  // namespace radloom
