#include "preprocess/discretise.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/extremes.hpp"
#include "preprocess/gray_levels.hpp"

namespace radloom {
namespace {

std::uint64_t eight(const std::uint8_t* inside) {
  std::uint64_t bytes;
  std::memcpy(&bytes, inside, sizeof bytes);
  return bytes;
}

/// Fills the grid through `level`, a function of the intensity, and counts the voxels of each level.
template <class Cell, class T, class Level>
LevelGrid<Cell> fill(const Volume& image, std::span<const T> v, const std::uint8_t* mask, int pad, const Level& level,
    std::vector<std::uint64_t>& histogram) {
  const auto& size = image.geometry().size;
  LevelGrid<Cell> grid(size, pad);
  // Four counters a level, since neighbours are alike and a counter is not there again at once; level 0 takes what lies outside.
  std::vector<std::array<std::uint64_t, 4>> counts(histogram.size());
  const auto count = counts.data();
  const Level level_of = level;  // what is written cannot change it
  for (std::int64_t z = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y) {
      const std::int64_t at = (z * size[1] + y) * size[0];
      const std::uint8_t* const inside = mask + at;
      const T* const intensity = v.data() + at;
      std::int64_t first = 0, last = size[0];
      while (last - first >= 8 && eight(inside + first) == 0) first += 8;
      if (last - first >= 8) first += std::countr_zero(eight(inside + first)) / 8;
      while (first < last && !inside[first]) ++first;
      if (first == last) continue;
      while (last - first > 8 && eight(inside + last - 8) == 0) last -= 8;
      if (last >= 8) last -= std::countl_zero(eight(inside + last - 8)) / 8;
      while (!inside[last - 1]) --last;
      grid.extent(y, z) = {std::int32_t(first), std::int32_t(last)};
      Cell* const row = grid.row(y, z);
      const auto put = [&](std::int64_t x, int counter, Cell g) {
        row[x] = g;
        ++count[g][counter];
      };
      std::int64_t x = first;
      for (; x < last && x + 8 <= size[0]; x += 8) {
        if (eight(inside + x) == 0x0101010101010101)
          for (int k = 0; k < 8; ++k) put(x + k, k & 3, Cell(level_of(intensity[x + k])));
        else
          for (int k = 0; k < 8; ++k) put(x + k, k & 3, inside[x + k] ? Cell(level_of(intensity[x + k])) : Cell(0));
      }
      for (; x < last; ++x) put(x, 0, inside[x] ? Cell(level_of(intensity[x])) : Cell(0));
    }
  for (std::size_t g = 0; g < histogram.size(); ++g)
    histogram[g] = counts[g][0] + counts[g][1] + counts[g][2] + counts[g][3];
  return grid;
}

template <class T>
Discretised discretise_as(
    const Volume& image, std::span<const T> v, const std::uint8_t* mask, const Settings& s, Convention convention) {
  const auto range = extremes_of(v.data(), mask, std::int64_t(v.size()));
  if (range.largest < range.least) throw Error(ErrorCode::empty_mask, "the region holds no voxel to discretise");
  const GrayLevels levels(double(range.least), double(range.largest), s, convention, std::is_same_v<T, float>);
  const int pad = *std::max_element(s.distances.begin(), s.distances.end());
  const auto highest = levels(double(range.largest));

  Discretised out;
  out.highest = std::int32_t(highest);
  std::vector<std::uint64_t> histogram(highest + 1);
  const auto with = [&](const auto& level) {
    if (highest <= 255) out.grid = fill<std::uint8_t>(image, v, mask, pad, level, histogram);
    else out.grid = fill<std::uint16_t>(image, v, mask, pad, level, histogram);
  };
  if constexpr (std::is_integral_v<T>) {
    const auto width = std::int64_t(range.largest) - std::int64_t(range.least) + 1;
    if (width <= std::int64_t(v.size()) + 4096) {  // a table of the integers of the region
      std::vector<std::uint16_t> table(width);
      for (std::int64_t k = 0; k < width; ++k) table[k] = std::uint16_t(levels(double(std::int64_t(range.least) + k)));
      with([from = table.data(), low = std::int64_t(range.least)](T value) { return from[std::int64_t(value) - low]; });
    } else {
      with([levels](T value) { return levels(double(value)); });
    }
  } else {
    with([levels](T value) { return levels(double(value)); });
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
