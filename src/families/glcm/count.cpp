#include "families/glcm/count.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "core/parallel.hpp"

namespace radloom::glcm {
namespace {

/// Adds the pairs of slices [first, last) to `count`, one (levels + 1)^2 matrix a direction; row and column 0 collect what
/// leaves the region. Directions is a constant where it is known, so that the loop over them is unrolled.
template <int Directions, class T>
void count_slices(const LevelGrid<T>& grid, const std::vector<std::int64_t>& steps, std::int64_t first,
    std::int64_t last, std::int64_t side, std::uint32_t* count) {
  const std::size_t directions = Directions ? Directions : steps.size();
  const std::int64_t cells = side * side;
  std::int64_t step[Directions ? Directions : 1];
  for (int d = 0; d < Directions; ++d) step[d] = steps[d];
  const std::int64_t* const s = Directions ? step : steps.data();
  for (std::int64_t z = first; z < last; ++z)
    for (std::int64_t y = 0; y < grid.size()[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      const T* const row = grid.row(y, z);
      for (std::int64_t x = begin; x < end; ++x) {
        const T* const p = row + x;
        if (*p == 0) continue;
        std::uint32_t* const line = count + *p * side;
        for (std::size_t d = 0; d < directions; ++d) ++line[d * cells + p[s[d]]];
      }
    }
}

/// Ranks of gray levels.
std::vector<std::int32_t> ranks(const Discretised& levels) {
  std::vector<std::int32_t> rank(levels.highest + 1, -1);
  for (std::size_t r = 0; r < levels.gray_levels.size(); ++r) rank[levels.gray_levels[r]] = std::int32_t(r);
  return rank;
}

template <class Count>
std::vector<PairCount> compress(const Count* count, std::int64_t side, const std::vector<std::int32_t>& gray_levels) {
  std::vector<PairCount> pairs;
  const auto n = std::int32_t(gray_levels.size());
  for (std::int32_t i = 0; i < n; ++i)
    for (std::int32_t j = 0; j < n; ++j)
      if (const auto c = count[gray_levels[i] * side + gray_levels[j]]) pairs.push_back({i, j, c});
  return pairs;
}

template <class T>
std::vector<PairCount> sort_pairs(const LevelGrid<T>& grid, std::int64_t step, const std::vector<std::int32_t>& rank) {
  std::vector<std::uint32_t> keys;
  for (std::int64_t z = 0; z < grid.size()[2]; ++z)
    for (std::int64_t y = 0; y < grid.size()[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      const T* const row = grid.row(y, z);
      for (std::int64_t x = begin; x < end; ++x)
        if (row[x] && row[x + step]) keys.push_back(std::uint32_t(row[x]) << 16 | row[x + step]);
    }
  std::sort(keys.begin(), keys.end());
  std::vector<PairCount> pairs;
  for (std::size_t i = 0; i < keys.size();) {
    const std::size_t from = i;
    while (i < keys.size() && keys[i] == keys[from]) ++i;
    pairs.push_back({rank[keys[from] >> 16], rank[keys[from] & 0xffff], i - from});
  }
  return pairs;
}

template <class T>
std::vector<std::vector<PairCount>> count_in(
    const LevelGrid<T>& grid, const Discretised& levels, const std::vector<Offset>& offsets) {
  std::vector<std::int64_t> steps;
  for (const auto& o : offsets) steps.push_back(grid.step(o));
  const auto directions = std::int64_t(steps.size());
  const std::int64_t side = levels.highest + 1, cells = side * side, slices = grid.size()[2];
  std::vector<std::vector<PairCount>> out(directions);

  if (side <= 256) {
    const std::int64_t voxels = grid.size()[0] * grid.size()[1] * slices;
    // A piece pays for clearing and adding up its matrices.
    const auto pieces = pieces_for(slices, voxels, std::max<std::int64_t>(1 << 17, 2 * cells));
    std::vector<std::vector<std::uint32_t>> count(pieces);
    for_pieces(slices, pieces, [&](std::int64_t p, std::int64_t first, std::int64_t last) {
      count[p].resize(directions * cells);
      if (directions == 13) count_slices<13>(grid, steps, first, last, side, count[p].data());
      else if (directions == 4) count_slices<4>(grid, steps, first, last, side, count[p].data());
      else count_slices<0>(grid, steps, first, last, side, count[p].data());
    });
    for (std::int64_t p = 1; p < pieces; ++p)
      for (std::int64_t c = 0; c < directions * cells; ++c) count[0][c] += count[p][c];
    for (std::int64_t d = 0; d < directions; ++d)
      out[d] = compress(count[0].data() + d * cells, side, levels.gray_levels);
    return out;
  }
  const auto rank = ranks(levels);
  tbb::parallel_for(std::int64_t(0), directions, [&](std::int64_t d) {
    if (side <= 1025) {
      std::vector<std::uint32_t> count(cells);
      count_slices<1>(grid, {steps[d]}, 0, slices, side, count.data());
      out[d] = compress(count.data(), side, levels.gray_levels);
    } else {
      out[d] = sort_pairs(grid, steps[d], rank);
    }
  });
  return out;
}

}  // namespace

std::vector<std::vector<PairCount>> count_pairs(const Discretised& levels, const std::vector<Offset>& offsets) {
  return std::visit([&](const auto& grid) { return count_in(grid, levels, offsets); }, levels.grid);
}

}  // namespace radloom::glcm
