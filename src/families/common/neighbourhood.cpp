#include "families/common/neighbourhood.hpp"

#include <cstring>
#include <type_traits>

#include "core/parallel.hpp"
#include "core/simd.hpp"

namespace radloom {
namespace {

constexpr std::int64_t block = 256;  ///< voxels of a row at a time: their sums and counts stay in the first cache

/// Sums of levels, neighbours inside and dependent neighbours of n <= block voxels.
template <class T, class Sum, class Number>
RL_SIMD_CLONES void look_around(const T* row, const std::int64_t* step, std::size_t steps, int alpha, std::int64_t n,
    Sum* sum, Number* inside, Number* dependent) {
  std::memset(sum, 0, block * sizeof(Sum));
  std::memset(inside, 0, block * sizeof(Number));
  std::memset(dependent, 0, block * sizeof(Number));
  const T reach = T(alpha);
  for (std::size_t s = 0; s < steps; ++s) {
    const T* const other = row + step[s];
    if (alpha == 0) {
      for (std::int64_t x = 0; x < n; ++x) {
        sum[x] = Sum(sum[x] + other[x]);
        inside[x] = Number(inside[x] + (other[x] != 0));
        dependent[x] = Number(dependent[x] + (other[x] == row[x]));
      }
    } else {
      for (std::int64_t x = 0; x < n; ++x) {
        const T difference = T(other[x] > row[x] ? other[x] - row[x] : row[x] - other[x]);
        sum[x] = Sum(sum[x] + other[x]);
        inside[x] = Number(inside[x] + (other[x] != 0));
        dependent[x] = Number(dependent[x] + ((difference <= reach) & (other[x] != 0)));
      }
    }
  }
}

/// Counts of a piece: [level][neighbours + 1] for the first two, [level] for the last.
struct Counts {
  std::vector<std::uint64_t> dependence, difference, alone;
};

template <class Sum, class Number, class T>
void count_slices(const LevelGrid<T>& grid, const std::vector<std::int64_t>& steps, int alpha, std::int64_t first,
    std::int64_t last, Counts& counts) {
  const auto side = std::int64_t(steps.size()) + 1;
  Sum sum[block];
  Number inside[block], dependent[block];
  for (std::int64_t z = first; z < last; ++z)
    for (std::int64_t y = 0; y < grid.size()[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      for (std::int64_t x0 = begin; x0 < end; x0 += block) {
        const T* const row = grid.row(y, z) + x0;
        const auto n = std::min<std::int64_t>(block, end - x0);
        look_around<T, Sum, Number>(row, steps.data(), steps.size(), alpha, n, sum, inside, dependent);
        for (std::int64_t x = 0; x < n; ++x) {
          if (row[x] == 0) continue;
          const std::int64_t line = row[x] * side;
          ++counts.dependence[line + dependent[x]];
          const auto apart = std::int64_t(row[x]) * inside[x] - std::int64_t(sum[x]);
          counts.difference[line + inside[x]] += std::uint64_t(apart < 0 ? -apart : apart);
          counts.alone[row[x]] += inside[x] == 0;
        }
      }
    }
}

}  // namespace

Neighbourhoods count_neighbourhoods(const Discretised& levels, const std::vector<Offset>& offsets, int alpha) {
  const auto side = std::int64_t(offsets.size()) + 1;
  Counts total;
  std::visit(
      [&]<class T>(const LevelGrid<T>& grid) {
        std::vector<std::int64_t> steps;
        for (const auto& o : offsets) steps.push_back(grid.step(o));
        const auto slices = grid.size()[2], voxels = grid.size()[0] * grid.size()[1] * slices;
        const auto pieces = pieces_for(slices, voxels);
        std::vector<Counts> counts(pieces);
        for_pieces(slices, pieces, [&](std::int64_t p, std::int64_t first, std::int64_t last) {
          counts[p].dependence.resize(side * (levels.highest + 1));
          counts[p].difference.resize(side * (levels.highest + 1));
          counts[p].alone.resize(levels.highest + 1);
          // 255 neighbours of 255 levels fit 16 bits.
          if (std::is_same_v<T, std::uint8_t> && offsets.size() <= 255)
            count_slices<std::uint16_t, std::uint8_t>(grid, steps, alpha, first, last, counts[p]);
          else count_slices<std::uint32_t, std::uint32_t>(grid, steps, alpha, first, last, counts[p]);
        });
        total = std::move(counts[0]);
        for (std::int64_t p = 1; p < pieces; ++p) {
          const auto add = [](auto& sum, const auto& more) {
            for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += more[c];
          };
          add(total.dependence, counts[p].dependence);
          add(total.difference, counts[p].difference);
          add(total.alone, counts[p].alone);
        }
      },
      levels.grid);

  Neighbourhoods out;
  out.ngtdm_count = levels.voxels;
  for (const auto g : levels.gray_levels) {
    for (std::int64_t k = 0; k < side; ++k)
      if (const auto c = total.dependence[g * side + k]) out.gldm.push_back({g, k + 1, c});
    out.alone.push_back(total.alone[g]);
    const auto* const line = total.difference.data() + g * side;
    out.ngtdm_difference.emplace_back(line, line + side);
  }
  return out;
}

}  // namespace radloom
