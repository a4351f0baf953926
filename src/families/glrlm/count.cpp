#include "families/glrlm/count.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstring>

#include "core/simd.hpp"

namespace radloom::glrlm {
namespace {

constexpr int tail =
    64;  ///< a vector may reach so far beyond the last voxel of a slice, over what is of the rows behind alone

/// What extend_runs is given: n voxels of a row, the row before it along the direction with the lengths of its runs, and where this row's go.
/// The last vector may reach beyond them.
template <class T>
struct Row {
  const T *row, *before;
  const std::uint16_t* length_before;
  std::uint16_t* length;
  std::int64_t n;
  std::uint64_t both[8];  ///< not zero where any two neighbours are both inside
};

/// Length of the run that ends in each voxel of a row: one more than the predecessor's where the levels are equal.
template <int bytes, class T>
[[gnu::always_inline]] inline void extend_runs(Row<T>& r) {
  constexpr int width = bytes / sizeof(std::uint16_t);
  typedef std::uint16_t Wide __attribute__((vector_size(bytes)));
  typedef std::uint16_t Loose __attribute__((vector_size(bytes), aligned(sizeof(std::uint16_t)), may_alias));
  typedef T Levels __attribute__((vector_size(width * sizeof(T)), aligned(sizeof(T)), may_alias));
  Wide both{};
  for (std::int64_t x = 0; x < r.n; x += width) {
    const Wide a = __builtin_convertvector(*reinterpret_cast<const Levels*>(r.row + x), Wide);
    const Wide b = __builtin_convertvector(*reinterpret_cast<const Levels*>(r.before + x), Wide);
    const Wide before = *reinterpret_cast<const Loose*>(r.length_before + x);
    *reinterpret_cast<Loose*>(r.length + x) = (before & (Wide)(a == b)) + 1;
    both |= (Wide)(a != 0) & (Wide)(b != 0);
  }
  std::memcpy(r.both, &both, bytes);
}
using Bytes = Row<std::uint8_t>;
using Words = Row<std::uint16_t>;
RL_SIMD_WIDTHS(extend, Bytes&, extend_runs)
RL_SIMD_WIDTHS(extend, Words&, extend_runs)

/// Do two voxels of the region lie on one line, however far apart? Only asked when none touch.
template <class T>
bool any_line_of_two(const LevelGrid<T>& grid, const Offset& o) {
  const auto& n = grid.size();
  for (std::int64_t z = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      for (std::int64_t x = begin; x < end; ++x) {
        if (!grid.row(y, z)[x]) continue;
        for (std::int64_t i = x + o[0], j = y + o[1], k = z + o[2];
             i >= 0 && j >= 0 && k >= 0 && i < n[0] && j < n[1] && k < n[2]; i += o[0], j += o[1], k += o[2])
          if (grid.row(j, k)[i]) return true;
      }
    }
  return false;
}

/// Runs along one direction (its first non-zero of (z, y, x) is positive). Lengths are carried from the row, or the slice, before.
template <class T>
std::vector<Matrices::Cell> count_direction(
    const LevelGrid<T>& grid, const Discretised& levels, const Offset& o, bool drop_single) {
  const auto& n = grid.size();
  const std::int64_t longest = std::max({n[0], n[1], n[2]}), side = std::max<std::int64_t>(longest, 8) + 1;
  std::vector<std::uint32_t> count(
      side * (levels.highest + 1));  // row 0 takes what ends no run, spread over eight cells

  // Lengths of the slice being read and of the one before it, with a voxel more at both ends of a row.
  const std::int64_t width = n[0] + 2, slice = width * (n[1] + 2) + tail;
  const bool in_row = o[1] == 0 && o[2] == 0;
  std::vector<std::uint16_t> lengths(in_row ? width : (o[2] ? 2 : 1) * slice);
  const std::int64_t step = grid.step(o);
  bool both = false;
  for (std::int64_t z = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      if (begin == end) continue;
      const T* const row = grid.row(y, z);
      std::uint16_t* length;
      if (in_row) {
        length = lengths.data() + 1;
        for (std::int64_t x = begin; x < end; ++x) {
          const bool same = row[x] == row[x - 1];
          length[x] = std::uint16_t((same ? length[x - 1] : 0) + 1);
          both |= row[x] && row[x - 1];
        }
      } else {
        const std::int64_t here = (o[2] ? z & 1 : 0) * slice, there = (o[2] ? (z & 1) ^ 1 : 0) * slice;
        length = lengths.data() + here + (y + 1) * width + 1;
        const std::uint16_t* const before = lengths.data() + there + (y + 1 - o[1]) * width + 1 - o[0];
        Row<T> extended{row + begin, row + begin - step, before + begin, length + begin, end - begin, {}};
        extend(extended);
        for (const std::uint64_t word : extended.both) both |= word != 0;
      }
      const T* const after = row + step;
      for (std::int64_t x = begin; x < end; ++x) {
        const bool ends = row[x] != 0 && after[x] != row[x];
        ++count[ends ? row[x] * side + length[x] : x & 7];
      }
    }
  std::vector<Matrices::Cell> cells;
  if (drop_single && !both && !any_line_of_two(grid, o)) return cells;
  for (const auto g : levels.gray_levels)
    for (std::int64_t l = 1; l <= longest; ++l)
      if (const auto c = count[g * side + l]) cells.push_back({g, l, c});
  return cells;
}

}  // namespace

std::vector<std::vector<Matrices::Cell>> count_runs(
    const Discretised& levels, const std::vector<Offset>& offsets, bool drop_single) {
  std::vector<std::vector<Matrices::Cell>> out(offsets.size());
  std::visit(
      [&](const auto& grid) {
        tbb::parallel_for(std::size_t(0), offsets.size(),
            [&](std::size_t d) { out[d] = count_direction(grid, levels, offsets[d], drop_single); });
      },
      levels.grid);
  return out;
}

}  // namespace radloom::glrlm
