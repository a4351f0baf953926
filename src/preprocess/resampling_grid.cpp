#include "preprocess/resampling_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace radloom {
namespace {

constexpr double most_along_an_axis = 1e15;

/// Refuses what no memory holds, before it is multiplied.
void check_number(const std::array<std::int64_t, 3>& size, const char* what) {
  if (double(size[0]) * double(size[1]) * double(size[2]) > 1e12)
    throw Error(ErrorCode::memory_exhausted,
        fmt::format("{} {} x {} x {} voxels at this spacing; use a coarser resampled_spacing_mm", what, size[0],
            size[1], size[2]));
}

}  // namespace

void check_inside(const Geometry& image, const Geometry& mask, const Box& box) {
  constexpr double tolerance = 1e-3;  // voxels
  std::array<double, 3> low, high;
  for (int d = 0; d < 3; ++d) {
    low[d] = double(box.first[d]) - 0.5;
    high[d] = double(box.first[d] + box.size[d]) - 0.5;
  }
  const auto a = image.to_index(mask.to_physical(low)), b = image.to_index(mask.to_physical(high));
  for (int d = 0; d < 3; ++d) {
    const double lowest = std::min(a[d], b[d]), highest = std::max(a[d], b[d]);
    if (lowest < -0.5 - tolerance || highest > double(image.size[d]) - 0.5 + tolerance)
      throw Error(ErrorCode::region_outside_image,
          fmt::format("the region leaves the image: along {} it spans voxels {:.1f} to {:.1f} of 0 to {}", "xyz"[d],
              lowest + 0.5, highest - 0.5, image.size[d] - 1));
  }
}

std::optional<Geometry> resampling_grid(
    const Geometry& image, const Geometry& mask, const Box& box, const Settings& settings) {
  if (!settings.interpolator || !settings.resampled_spacing_mm) return std::nullopt;
  check_inside(image, mask, box);
  Geometry grid;
  grid.direction = mask.direction;
  bool same = true;
  for (int d = 0; d < 3; ++d) {
    double spacing = (*settings.resampled_spacing_mm)[d];
    if (spacing == 0 || box.size[d] == 1) spacing = mask.spacing_mm[d];
    same &= std::fabs(image.spacing_mm[d] - spacing) <= 1e-8 + 1e-5 * std::fabs(spacing);  // numpy.allclose
    grid.spacing_mm[d] = spacing;
  }
  if (same) return std::nullopt;
  std::array<double, 3> origin;
  for (int d = 0; d < 3; ++d) {
    const double ratio = mask.spacing_mm[d] / grid.spacing_mm[d], pad = settings.pad_distance;
    const double first = std::max(0.0, std::floor((double(box.first[d]) - 0.5) * ratio - pad));
    const double last = std::min(std::ceil(double(mask.size[d]) * ratio) - 1,
        std::ceil((double(box.first[d] + box.size[d]) - 0.5) * ratio + pad));
    grid.size[d] = std::int64_t(std::min(last - first + 1, most_along_an_axis));
    origin[d] = 0.5 * (grid.spacing_mm[d] - mask.spacing_mm[d]) / mask.spacing_mm[d] + first / ratio;
  }
  check_number(grid.size, "the region's box has");
  grid.origin_mm = mask.to_physical(origin);
  return grid;
}

std::optional<Geometry> centred_grid(const Geometry& image, const Settings& settings) {
  if (!settings.interpolator || !settings.resampled_spacing_mm) return std::nullopt;
  constexpr double header = 1e-6;  // headers keep spacings in single precision
  Geometry grid = image;
  std::array<double, 3> first{};
  bool same = true;
  for (int d = 0; d < 3; ++d) {
    const double old = image.spacing_mm[d], wanted = (*settings.resampled_spacing_mm)[d];
    if (wanted == 0 || image.size[d] == 1 || std::fabs(wanted - old) <= header * old) continue;
    same = false;
    const double voxels = double(image.size[d]) * old / wanted;
    grid.size[d] =
        std::max<std::int64_t>(1, std::int64_t(std::min(std::ceil(voxels * (1 - header)), most_along_an_axis)));
    grid.spacing_mm[d] = wanted;
    first[d] = 0.5 * (double(image.size[d] - 1) - double(grid.size[d] - 1) * wanted / old);
  }
  if (same) return std::nullopt;
  check_number(grid.size, "the image has");
  grid.origin_mm = image.to_physical(first);
  return grid;
}

}  // namespace radloom
