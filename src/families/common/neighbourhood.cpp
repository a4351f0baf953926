#include "families/common/neighbourhood.hpp"

#include <cstring>
#include <type_traits>

#include "core/parallel.hpp"
#include "core/simd.hpp"

namespace radloom {
namespace {

constexpr std::int64_t block = 256;  ///< voxels of a row at a time: their sums and counts stay in the first cache

/// A number twice as wide.
template <class Lane>
using Twice = std::conditional_t<sizeof(Lane) == 1, std::uint16_t,
    std::conditional_t<sizeof(Lane) == 2, std::uint32_t, std::uint64_t>>;

/// What look_around is given: n <= block voxels of a row, of which it makes sums of levels, neighbours inside and dependent neighbours.
template <class T, class Lane>
struct Look {
  const T* row;
  const std::int64_t* step;
  std::size_t steps;
  int alpha;
  std::int64_t n;
  Twice<Lane>* sum;
  Lane *inside, *dependent;
};

/// A vector of voxels at a time, whose sums stay in registers over all neighbours. The last vector may reach beyond the n voxels.
template <int bytes, class T, class Lane>
[[gnu::always_inline]] inline void look_around(const Look<T, Lane>& a) {
  constexpr int width = bytes / sizeof(Lane);
  typedef Lane Wide __attribute__((vector_size(bytes)));
  typedef Twice<Lane> Sum __attribute__((vector_size(bytes)));  // of half as many voxels
  typedef T Levels
      __attribute__((vector_size(width * sizeof(T)), aligned(sizeof(T)), may_alias));  // anywhere in memory
  typedef T HalfLevels __attribute__((vector_size(width / 2 * sizeof(T)), aligned(sizeof(T)), may_alias));
  const Wide reach = Wide{} + Lane(a.alpha);
  for (std::int64_t x = 0; x < a.n; x += width) {
    const T* const row = a.row + x;
    const Wide own = __builtin_convertvector(*reinterpret_cast<const Levels*>(row), Wide);
    Wide inside{}, dependent{};
    Sum low{}, high{};
    for (std::size_t s = 0; s < a.steps; ++s) {
      const T* const other = row + a.step[s];
      const Wide level = __builtin_convertvector(*reinterpret_cast<const Levels*>(other), Wide);
      low += __builtin_convertvector(*reinterpret_cast<const HalfLevels*>(other), Sum);
      high += __builtin_convertvector(*reinterpret_cast<const HalfLevels*>(other + width / 2), Sum);
      const Wide there = (Wide)(level != 0);  // all bits of a lane, which is -1
      inside -= there;
      if (a.alpha == 0) dependent -= (Wide)(level == own);
      else dependent -= there & (Wide)((level > own ? level - own : own - level) <= reach);
    }
    std::memcpy(a.sum + x, &low, bytes);
    std::memcpy(a.sum + x + width / 2, &high, bytes);
    std::memcpy(a.inside + x, &inside, bytes);
    std::memcpy(a.dependent + x, &dependent, bytes);
  }
}

using Bytes = Look<std::uint8_t, std::uint8_t>;
using Bytes16 = Look<std::uint8_t, std::uint16_t>;
using Bytes32 = Look<std::uint8_t, std::uint32_t>;
using Words = Look<std::uint16_t, std::uint16_t>;
using Words32 = Look<std::uint16_t, std::uint32_t>;
RL_SIMD_WIDTHS(look, const Bytes&, look_around)
RL_SIMD_WIDTHS(look, const Bytes16&, look_around)
RL_SIMD_WIDTHS(look, const Bytes32&, look_around)
RL_SIMD_WIDTHS(look, const Words&, look_around)
RL_SIMD_WIDTHS(look, const Words32&, look_around)

/// Counts of a piece: [level][neighbours + 1] for the first two, [level] for the last.
struct Counts {
  std::vector<std::uint64_t> dependence, difference, alone;
};

template <class Lane, class T>
void count_slices(const LevelGrid<T>& grid, const std::vector<std::int64_t>& steps, int alpha, std::int64_t first,
    std::int64_t last, Counts& counts) {
  const auto side = std::int64_t(steps.size()) + 1;
  Twice<Lane> sum[block];
  Lane inside[block], dependent[block];
  for (std::int64_t z = first; z < last; ++z)
    for (std::int64_t y = 0; y < grid.size()[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      for (std::int64_t x0 = begin; x0 < end; x0 += block) {
        const T* const row = grid.row(y, z) + x0;
        const auto n = std::min<std::int64_t>(block, end - x0);
        look(Look<T, Lane>{row, steps.data(), steps.size(), alpha, n, sum, inside, dependent});
        for (std::int64_t x = 0; x < n; ++x) {
          if (row[x] == 0) continue;
          const std::int64_t line = row[x] * side;
          ++counts.dependence[line + dependent[x]];
          const auto apart = std::int64_t(row[x]) * inside[x] - std::int64_t(sum[x]);
          counts.difference[line + inside[x]] += std::uint64_t(apart < 0 ? -apart : apart);
          if (inside[x] == 0) ++counts.alone[row[x]];  // seldom: no counter that every voxel waits for
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
          const auto count = [&]<class Lane>(Lane) { count_slices<Lane>(grid, steps, alpha, first, last, counts[p]); };
          // 255 neighbours of 255 levels fit 16 bits, 65,535 of 65,535 fit 32.
          if constexpr (sizeof(T) == 1)
            if (offsets.size() <= 255) return count(std::uint8_t());
          if (offsets.size() <= 65535) return count(std::uint16_t());
          count(std::uint32_t());
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
