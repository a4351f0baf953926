#include "families/glszm/count.hpp"

#include "families/common/zones.hpp"

namespace radloom::glszm {

std::vector<Matrices::Cell> count_zones(const Discretised& levels, const Settings& settings) {
  return std::visit(
      [&](const auto& grid) {
        return zones::count_zones_in(
            grid, levels.highest, settings,
            [](std::int64_t first, std::int64_t last, std::int64_t, std::int64_t) { return last - first + 1; },
            [](std::int64_t a, std::int64_t b) { return a + b; }, 0);
      },
      levels.grid);
}

}  // namespace radloom::glszm
