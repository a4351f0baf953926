#include "preprocess/slices.hpp"

#include <algorithm>

namespace radloom {
namespace {

template <class T>
LevelSlice slice_of(const LevelGrid<T>& grid, const Discretised& levels, int axis, std::int64_t index) {
  auto size = grid.size();
  size[axis] = 1;
  std::array<std::int64_t, 3> first{};
  first[axis] = index;
  LevelGrid<T> out(size, grid.pad());
  std::vector<std::uint64_t> histogram(levels.highest + 1);
  for (std::int64_t z = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y) {
      const T* const from = grid.row(first[1] + y, first[2] + z) + first[0];
      T* const to = out.row(y, z);
      std::int64_t begin = size[0], end = 0;
      for (std::int64_t x = 0; x < size[0]; ++x) {
        to[x] = from[x];
        if (!from[x]) continue;
        ++histogram[from[x]];
        begin = std::min(begin, x);
        end = x + 1;
      }
      if (begin < end) out.extent(y, z) = {std::int32_t(begin), std::int32_t(end)};
    }
  LevelSlice slice;
  slice.index = index;
  slice.levels.gray_levels = levels.gray_levels;
  slice.levels.highest = levels.highest;
  for (const auto g : levels.gray_levels) slice.levels.voxels.push_back(histogram[g]);
  slice.levels.grid = std::move(out);
  return slice;
}

}  // namespace

std::vector<LevelSlice> slices_of(const Discretised& levels, int axis) {
  std::vector<LevelSlice> slices;
  std::visit(
      [&](const auto& grid) {
        for (std::int64_t i = 0; i < grid.size()[axis]; ++i) {
          auto slice = slice_of(grid, levels, axis, i);
          const auto& voxels = slice.levels.voxels;
          if (std::any_of(voxels.begin(), voxels.end(), [](auto n) { return n > 0; }))
            slices.push_back(std::move(slice));
        }
      },
      levels.grid);
  return slices;
}

}  // namespace radloom
