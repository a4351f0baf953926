#include "families/gldzm/count.hpp"

#include "families/common/zones.hpp"

namespace radloom::gldzm {

std::vector<std::uint32_t> border_distances(const Volume& mask, int flat) {
  const auto inside = mask.as<std::uint8_t>();
  const auto& n = mask.geometry().size;
  const std::int64_t step[3] = {1, n[0], n[0] * n[1]};
  std::vector<std::uint32_t> distance(inside.size());
  // With steps along axes alone, the shortest way out is found in one sweep forth and one back (Rosenfeld and Pfaltz 1966).
  const auto visit = [&](std::int64_t i, const std::array<std::int64_t, 3>& at, bool back) {
    if (!inside[i]) return;
    auto least = back ? distance[i] : ~std::uint32_t(0);
    for (int d = 0; d < 3; ++d) {
      if (d == flat) continue;
      const bool edge = back ? at[d] + 1 == n[d] : at[d] == 0;
      const auto beside = edge ? 0 : distance[back ? i + step[d] : i - step[d]];
      if (beside < least) least = std::min(least, beside + 1);
    }
    distance[i] = least;
  };
  std::int64_t i = 0;
  for (std::int64_t z = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y)
      for (std::int64_t x = 0; x < n[0]; ++x) visit(i++, {x, y, z}, false);
  for (std::int64_t z = n[2] - 1; z >= 0; --z)
    for (std::int64_t y = n[1] - 1; y >= 0; --y)
      for (std::int64_t x = n[0] - 1; x >= 0; --x) visit(--i, {x, y, z}, true);
  return distance;
}

std::vector<Matrices::Cell> count_zones(
    const Discretised& levels, const Settings& settings, const std::vector<std::uint32_t>& distance) {
  return std::visit(
      [&](const auto& grid) {
        return zones::count_zones_in(
            grid, levels.highest, settings, true,
            [nearest = distance.data()](std::int64_t first, std::int64_t count) {
              return std::int64_t(*std::min_element(nearest + first, nearest + first + count));
            },
            [](std::int64_t a, std::int64_t b) { return std::min(a, b); }, INT64_MAX);
      },
      levels.grid);
}

}  // namespace radloom::gldzm
