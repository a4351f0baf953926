#include "preprocess/discretise.hpp"

#include <algorithm>
#include <limits>

#include "preprocess/gray_levels.hpp"

namespace radloom {
namespace {

template <class T>
struct Range {
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
  bool any = false;
};

template <class T>
Range<T> range_inside(std::span<const T> v, const std::uint8_t* mask) {
  Range<T> r;
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (!mask[i]) continue;
    r.low = std::min(r.low, v[i]);
    r.high = std::max(r.high, v[i]);
    r.any = true;
  }
  return r;
}

/// Fills the grid through `level`, a function of the intensity, and counts the voxels of each level.
template <class Cell, class T, class Level>
LevelGrid<Cell> fill(const Volume& image, std::span<const T> v, const std::uint8_t* mask, int pad, const Level& level,
    std::vector<std::uint64_t>& histogram) {
  const auto& size = image.geometry().size;
  LevelGrid<Cell> grid(size, pad);
  std::int64_t i = 0;
  for (std::int64_t z = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y) {
      Cell* const row = grid.row(y, z);
      std::int64_t first = size[0], last = 0;
      for (std::int64_t x = 0; x < size[0]; ++x, ++i) {
        if (!mask[i]) continue;
        const auto g = level(v[i]);
        row[x] = Cell(g);
        ++histogram[g];
        first = std::min(first, x);
        last = x + 1;
      }
      if (first < last) grid.extent(y, z) = {std::int32_t(first), std::int32_t(last)};
    }
  return grid;
}

template <class T>
Discretised discretise_as(
    const Volume& image, std::span<const T> v, const std::uint8_t* mask, const Settings& s, Convention convention) {
  const auto range = range_inside(v, mask);
  if (!range.any) throw Error(ErrorCode::empty_mask, "the region holds no voxel to discretise");
  const GrayLevels levels(double(range.low), double(range.high), s, convention, std::is_same_v<T, float>);
  const int pad = *std::max_element(s.distances.begin(), s.distances.end());
  const auto highest = levels(double(range.high));

  Discretised out;
  out.highest = std::int32_t(highest);
  std::vector<std::uint64_t> histogram(highest + 1);
  const auto with = [&](const auto& level) {
    if (highest <= 255) out.grid = fill<std::uint8_t>(image, v, mask, pad, level, histogram);
    else out.grid = fill<std::uint16_t>(image, v, mask, pad, level, histogram);
  };
  if constexpr (std::is_integral_v<T>) {
    const auto width = std::int64_t(range.high) - std::int64_t(range.low) + 1;
    if (width <= std::int64_t(v.size()) + 4096) {  // a table of the integers of the region
      std::vector<std::uint16_t> table(width);
      for (std::int64_t k = 0; k < width; ++k) table[k] = std::uint16_t(levels(double(std::int64_t(range.low) + k)));
      with([&, low = std::int64_t(range.low)](T value) { return table[std::int64_t(value) - low]; });
    } else {
      with([&](T value) { return levels(double(value)); });
    }
  } else {
    with([&](T value) { return levels(double(value)); });
  }
  for (std::int64_t g = 1; g <= highest; ++g)
    if (histogram[g]) {
      out.gray_levels.push_back(std::int32_t(g));
      out.voxels.push_back(histogram[g]);
    }
  return out;
}

}  // namespace

Discretised discretise(const Volume& image, const Volume& mask, const Settings& settings, Convention convention) {
  const std::uint8_t* const inside = mask.as<std::uint8_t>().data();
  return image.visit([&](auto voxels) { return discretise_as(image, voxels, inside, settings, convention); });
}

}  // namespace radloom
