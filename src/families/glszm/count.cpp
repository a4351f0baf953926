#include "families/glszm/count.hpp"

#include "families/common/zones.hpp"

namespace radloom::glszm {

std::vector<Matrices::Cell> count_zones(const Discretised& levels, const Settings& settings) {
  const auto larger = std::visit(
      [&](const auto& grid) {
        return zones::count_zones_in(
            grid, levels.highest, settings, false, [](std::int64_t, std::int64_t count) { return count; },
            [](std::int64_t a, std::int64_t b) { return a + b; }, 0);
      },
      levels.grid);
  // The other voxels of a level (`levels.voxels`) are zones by themselves.
  std::vector<Matrices::Cell> cells;
  auto from = larger.begin();
  for (std::size_t r = 0; r < levels.gray_levels.size(); ++r) {
    const auto level = levels.gray_levels[r];
    auto alone = levels.voxels[r];
    auto to = from;
    for (; to != larger.end() && to->level == level; ++to) alone -= std::uint64_t(to->size) * to->count;
    if (alone) cells.push_back({level, 1, alone});
    cells.insert(cells.end(), from, to);
    from = to;
  }
  return cells;
}

}  // namespace radloom::glszm
