#include "preprocess/discretise.hpp"

#include <algorithm>
#include <limits>

#include "core/simd.hpp"
#include "preprocess/gray_levels.hpp"

namespace radloom {
namespace {

constexpr int range_lanes = 32;

template <class T>
struct Range {
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
  bool any = false;
};

/// The least and the largest of each of some voxels in turn, so that vectors can look for them.
template <class T>
RL_SIMD_CLONES void extremes(const T* v, const std::uint8_t* mask, std::int64_t n, T* low, T* high) {
  for (std::int64_t i = 0; i + range_lanes <= n; i += range_lanes)
    for (int l = 0; l < range_lanes; ++l) {
      const T value = v[i + l];
      const bool inside = mask[i + l] != 0;
      low[l] = (inside & (value < low[l])) ? value : low[l];
      high[l] = (inside & (value > high[l])) ? value : high[l];
    }
}

template <class T>
Range<T> range_inside(std::span<const T> v, const std::uint8_t* mask) {
  Range<T> r;
  T low[range_lanes], high[range_lanes];
  std::fill_n(low, range_lanes, r.low);
  std::fill_n(high, range_lanes, r.high);
  extremes(v.data(), mask, std::int64_t(v.size()), low, high);
  for (std::size_t i = v.size() - v.size() % range_lanes; i < v.size(); ++i)
    if (mask[i]) low[0] = std::min(low[0], v[i]), high[0] = std::max(high[0], v[i]);
  r.low = *std::min_element(low, low + range_lanes);
  r.high = *std::max_element(high, high + range_lanes);
  r.any = !(r.high < r.low);
  return r;
}

/// Fills the grid through `level`, a function of the intensity, and counts the voxels of each level.
template <class Cell, class T, class Level>
LevelGrid<Cell> fill(const Volume& image, std::span<const T> v, const std::uint8_t* mask, int pad, const Level& level,
    std::vector<std::uint64_t>& histogram) {
  const auto& size = image.geometry().size;
  LevelGrid<Cell> grid(size, pad);
  // Four counters a level, since neighbours are alike and a counter is not there again at once; level 0 takes what lies outside.
  const std::size_t levels = histogram.size();
  std::vector<std::uint64_t> counts(4 * levels);
  for (std::int64_t z = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y) {
      const std::int64_t at = (z * size[1] + y) * size[0];
      const std::uint8_t* const inside = mask + at;
      const T* const intensity = v.data() + at;
      std::int64_t first = 0, last = size[0];
      while (first < last && !inside[first]) ++first;
      while (last > first && !inside[last - 1]) --last;
      if (first == last) continue;
      grid.extent(y, z) = {std::int32_t(first), std::int32_t(last)};
      Cell* const row = grid.row(y, z);
      for (std::int64_t x = first; x < last; ++x) row[x] = inside[x] ? Cell(level(intensity[x])) : Cell(0);
      for (std::int64_t x = first; x < last; ++x) ++counts[std::size_t(x & 3) * levels + row[x]];
    }
  for (std::size_t g = 0; g < levels; ++g)
    histogram[g] = counts[g] + counts[levels + g] + counts[2 * levels + g] + counts[3 * levels + g];
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
