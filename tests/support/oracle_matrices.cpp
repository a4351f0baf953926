#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "support/oracle.hpp"

namespace radloom::oracle {
namespace {

/// The position of a level among those present.
std::size_t row_of(const std::vector<std::int32_t>& levels, int level) {
  return std::size_t(std::lower_bound(levels.begin(), levels.end(), level) - levels.begin());
}

/// Counts by (level, size) as cells in order.
std::vector<Matrices::Cell> cells_of(const std::map<std::pair<int, std::int64_t>, std::uint64_t>& counts) {
  std::vector<Matrices::Cell> result;
  for (const auto& [key, count] : counts) result.push_back({key.first, key.second, count});
  return result;
}

/// Every voxel of the region: f(x, y, z, level).
template <class F>
void each_voxel(const Grid& grid, F&& f) {
  for (int z = 0; z < grid.size[2]; ++z)
    for (int y = 0; y < grid.size[1]; ++y)
      for (int x = 0; x < grid.size[0]; ++x)
        if (const int level = grid.at(x, y, z)) f(x, y, z, level);
}

/// The runs along a direction. A line of voxels starts where the voxel before it leaves the grid.
std::vector<Matrices::Cell> runs(const Grid& grid, const Offset& step) {
  std::map<std::pair<int, std::int64_t>, std::uint64_t> counts;
  bool two_on_a_line = false;
  const auto inside = [&](int x, int y, int z) {
    return x >= 0 && y >= 0 && z >= 0 && x < grid.size[0] && y < grid.size[1] && z < grid.size[2];
  };
  for (int z0 = 0; z0 < grid.size[2]; ++z0)
    for (int y0 = 0; y0 < grid.size[1]; ++y0)
      for (int x0 = 0; x0 < grid.size[0]; ++x0) {
        if (inside(x0 - step[0], y0 - step[1], z0 - step[2])) continue;
        int voxels = 0, level = 0;
        std::int64_t length = 0;
        const auto end_run = [&] {
          if (length > 0) ++counts[{level, length}];
          length = 0;
        };
        for (int x = x0, y = y0, z = z0; inside(x, y, z); x += step[0], y += step[1], z += step[2]) {
          const int here = grid.at(x, y, z);
          if (here) ++voxels;
          if (here != level) end_run();
          level = here;
          if (here) ++length;
        }
        end_run();
        if (voxels > 1) two_on_a_line = true;
      }
  return two_on_a_line ? cells_of(counts) : std::vector<Matrices::Cell>{};
}

/// Zones: voxels of one level joined through neighbours at distance 1, flooded from each voxel not yet seen.
std::vector<Matrices::Cell> zones(const Grid& grid, const std::vector<Offset>& half) {
  std::map<std::pair<int, std::int64_t>, std::uint64_t> counts;
  std::set<Offset> seen;
  each_voxel(grid, [&](int x, int y, int z, int level) {
    if (!seen.insert({x, y, z}).second) return;
    std::vector<Offset> to_visit{{x, y, z}};
    std::int64_t size = 0;
    while (!to_visit.empty()) {
      const Offset at = to_visit.back();
      to_visit.pop_back();
      ++size;
      for (const auto& step : half)
        for (const int sign : {1, -1}) {
          const Offset next{at[0] + sign * step[0], at[1] + sign * step[1], at[2] + sign * step[2]};
          if (grid.at(next[0], next[1], next[2]) == level && seen.insert(next).second) to_visit.push_back(next);
        }
    }
    ++counts[{level, size}];
  });
  return cells_of(counts);
}

struct Fnv {
  std::uint64_t state = 14695981039346656037ull;
  Digest digest;
  void add(std::int64_t row, std::int64_t column, std::uint64_t count) {
    if (count == 0) return;
    ++digest.cells;
    digest.total += count;
    for (const char c : fmt::format("{},{},{};", row, column, count))
      state = (state ^ std::uint64_t(static_cast<unsigned char>(c))) * 1099511628211ull;
  }
  Digest done() {
    digest.hash = fmt::format("{:016x}", state);
    return digest;
  }
};

}  // namespace

int Grid::at(int x, int y, int z) const {
  if (x < 0 || y < 0 || z < 0 || x >= size[0] || y >= size[1] || z >= size[2]) return 0;
  return level[(std::size_t(z) * std::size_t(size[1]) + std::size_t(y)) * std::size_t(size[0]) + std::size_t(x)];
}

std::vector<Offset> half_offsets(const Neighbours& neighbours) {
  const int reach = *std::max_element(neighbours.distances.begin(), neighbours.distances.end());
  std::vector<Offset> result;
  for (int z = -reach; z <= reach; ++z)
    for (int y = -reach; y <= reach; ++y)
      for (int x = -reach; x <= reach; ++x) {
        const bool positive = z > 0 || (z == 0 && (y > 0 || (y == 0 && x > 0)));
        const int distance = std::max({std::abs(x), std::abs(y), std::abs(z)});
        const bool asked = std::count(neighbours.distances.begin(), neighbours.distances.end(), distance) > 0;
        const Offset by_dimension{z, y, x};
        const bool in_plane = !neighbours.force_2d || by_dimension[std::size_t(neighbours.force_2d_dimension)] == 0;
        if (positive && asked && in_plane) result.push_back({x, y, z});
      }
  return result;
}

Matrices matrices(const Grid& grid, const Neighbours& neighbours, int alpha, bool with_glcm) {
  Matrices result;
  std::set<std::int32_t> present;
  each_voxel(grid, [&](int, int, int, int level) { present.insert(level); });
  result.gray_levels.assign(present.begin(), present.end());
  const std::size_t n = present.size();

  result.glcm_offsets = half_offsets(neighbours);
  for (const auto& step : result.glcm_offsets) {
    if (!with_glcm) break;
    std::vector<std::uint64_t> counts(n * n, 0);
    each_voxel(grid, [&](int x, int y, int z, int level) {
      if (const int other = grid.at(x + step[0], y + step[1], z + step[2]))
        ++counts[row_of(result.gray_levels, level) * n + row_of(result.gray_levels, other)];
    });
    result.glcm.push_back(counts);
  }

  Neighbours next = neighbours;
  next.distances = {1};
  result.glrlm_offsets = half_offsets(next);
  for (const auto& step : result.glrlm_offsets) result.glrlm.push_back(runs(grid, step));
  result.glszm = zones(grid, half_offsets(next));

  std::map<std::pair<int, std::int64_t>, std::uint64_t> dependences;
  const std::size_t most = 2 * result.glcm_offsets.size();
  result.ngtdm_count.assign(n, 0);
  result.ngtdm_difference.assign(n, std::vector<std::uint64_t>(most + 1, 0));
  each_voxel(grid, [&](int x, int y, int z, int level) {
    std::int64_t dependent = 0, sum = 0, count = 0;
    for (const auto& step : result.glcm_offsets)
      for (const int sign : {1, -1})
        if (const int other = grid.at(x + sign * step[0], y + sign * step[1], z + sign * step[2])) {
          if (std::abs(level - other) <= alpha) ++dependent;
          sum += other;
          ++count;
        }
    ++dependences[{level, dependent + 1}];
    const std::size_t row = row_of(result.gray_levels, level);
    ++result.ngtdm_count[row];
    result.ngtdm_difference[row][std::size_t(count)] += std::uint64_t(std::abs(count * level - sum));
  });
  result.gldm = cells_of(dependences);
  return result;
}

Digest digest_glcm(const Matrices& matrices, std::size_t direction) {
  Fnv fnv;
  const std::size_t n = matrices.gray_levels.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      fnv.add(matrices.gray_levels[i], matrices.gray_levels[j], matrices.glcm[direction][i * n + j]);
  return fnv.done();
}

Digest digest_cells(const std::vector<Matrices::Cell>& cells) {
  Fnv fnv;
  for (const auto& cell : cells) fnv.add(cell.level, cell.size, cell.count);
  return fnv.done();
}

Digest digest_counts(const std::vector<std::int32_t>& levels, const std::vector<std::uint64_t>& counts) {
  Fnv fnv;
  for (std::size_t row = 0; row < levels.size(); ++row) fnv.add(levels[row], 0, counts[row]);
  return fnv.done();
}

}  // namespace radloom::oracle
