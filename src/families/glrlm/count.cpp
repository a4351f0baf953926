#include "families/glrlm/count.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstring>

#include "core/simd.hpp"

namespace radloom::glrlm {
namespace {

/// Elements behind each slice of lengths: what a vector has beyond its row is written there, or to rows of the same slice that are written later.
constexpr int tail = 64;
/// Cells of level 0, for voxels that end no run: one would not be there again at once.
constexpr int idle = 8;

/// What follow_runs is given: n voxels of a row, the rows before and after it along the direction, with the lengths of the runs of the one before, and
/// where this row's lengths go and the cells of the matrix, of `side` a level, that its voxels count for. The last vector may reach beyond them. It
/// answers `both`.
template <class T, class Number>
struct Row {
  const T *row, *before, *after;
  const Number* length_before;
  Number *length, *cell;
  std::int64_t n;
  Number side;
  bool both = false;  ///< are any two neighbours both inside?
};

/// The length of the run that reaches each voxel is one more than the predecessor's where the levels are equal. It counts where it ends.
template <int bytes, class T, class Number>
[[gnu::always_inline]] inline void follow(Row<T, Number>& r) {
  constexpr int width = bytes / sizeof(Number);
  typedef Number Wide __attribute__((vector_size(bytes)));
  typedef Number Loose __attribute__((vector_size(bytes), aligned(sizeof(Number)), may_alias));
  typedef T Levels __attribute__((vector_size(width * sizeof(T)), aligned(sizeof(T)), may_alias));
  const Row<T, Number> of = r;  // what is written cannot change it
  Wide both{}, none;
  for (int k = 0; k < width; ++k) none[k] = Number(k % idle);
  for (std::int64_t x = 0; x < of.n; x += width) {
    const Wide level = __builtin_convertvector(*reinterpret_cast<const Levels*>(of.row + x), Wide),
               before = __builtin_convertvector(*reinterpret_cast<const Levels*>(of.before + x), Wide),
               after = __builtin_convertvector(*reinterpret_cast<const Levels*>(of.after + x), Wide);
    const Wide reached = *reinterpret_cast<const Loose*>(of.length_before + x);
    const Wide length = (reached & (Wide)(level == before)) + 1, inside = (Wide)(level != 0);
    const Wide ends = inside & (Wide)(level != after);
    *reinterpret_cast<Loose*>(of.length + x) = length;
    *reinterpret_cast<Loose*>(of.cell + x) = (ends & (level * of.side + length)) | (none & ~ends);
    both |= inside & (Wide)(before != 0);
  }
  std::uint64_t words[bytes / 8];
  std::memcpy(words, &both, bytes);
  for (const auto word : words) r.both |= word != 0;
}
using Bytes16 = Row<std::uint8_t, std::uint16_t>;
using Bytes32 = Row<std::uint8_t, std::uint32_t>;
using Words16 = Row<std::uint16_t, std::uint16_t>;
using Words32 = Row<std::uint16_t, std::uint32_t>;
RL_SIMD_WIDTHS(follow_runs, Bytes16&, follow)
RL_SIMD_WIDTHS(follow_runs, Bytes32&, follow)
RL_SIMD_WIDTHS(follow_runs, Words16&, follow)
RL_SIMD_WIDTHS(follow_runs, Words32&, follow)

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

/// Runs along one direction (its first non-zero of (z, y, x) is positive), of a matrix whose cells a Number can tell apart.
/// Lengths are carried from the row, or the slice, before.
template <class Number, class T>
std::vector<Matrices::Cell> count_direction(
    const LevelGrid<T>& grid, const Discretised& levels, const Offset& o, std::int64_t side, bool drop_single) {
  const auto& n = grid.size();
  std::vector<std::uint32_t> count(side * (levels.highest + 1));

  // Lengths of the slice being read and of the one before it, with a voxel more at both ends of a row.
  const std::int64_t width = n[0] + 2, slice = width * (n[1] + 2) + tail;
  const bool in_row = o[1] == 0 && o[2] == 0;
  std::vector<Number> lengths(in_row ? 0 : (o[2] ? 2 : 1) * slice), cells_of_row(n[0] + tail);
  Number* const cell = cells_of_row.data();
  const std::int64_t step = grid.step(o);
  bool both = false;
  for (std::int64_t z = 0; z < n[2]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y) {
      const auto [begin, end] = grid.extent(y, z);
      if (begin == end) continue;
      const T* const row = grid.row(y, z);
      if (in_row) {
        Number length = 0;
        for (std::int64_t x = begin; x < end; ++x) {
          length = Number((row[x] == row[x - 1] ? length : 0) + 1);
          both |= row[x] && row[x - 1];
          cell[x] = row[x] != 0 && row[x + 1] != row[x] ? Number(row[x] * side + length) : Number(x % idle);
        }
      } else {
        const std::int64_t here = (o[2] ? z & 1 : 0) * slice, there = (o[2] ? (z & 1) ^ 1 : 0) * slice;
        Number* const length = lengths.data() + here + (y + 1) * width + 1;
        const Number* const before = lengths.data() + there + (y + 1 - o[1]) * width + 1 - o[0];
        Row<T, Number> run{row + begin, row + begin - step, row + begin + step, before + begin, length + begin,
            cell + begin, end - begin, Number(side)};
        follow_runs(run);
        both |= run.both;
      }
#pragma GCC unroll 8  // the loop itself is half of the instructions else
      for (std::int64_t x = begin; x < end; ++x) ++count[cell[x]];
    }
  std::vector<Matrices::Cell> cells;
  if (drop_single && !both && !any_line_of_two(grid, o)) return cells;
  for (const auto g : levels.gray_levels)
    for (std::int64_t l = 1; l < side; ++l)
      if (const auto c = count[g * side + l]) cells.push_back({g, l, c});
  return cells;
}

}  // namespace

std::vector<std::vector<Matrices::Cell>> count_runs(
    const Discretised& levels, const std::vector<Offset>& offsets, bool drop_single) {
  std::vector<std::vector<Matrices::Cell>> out(offsets.size());
  std::visit(
      [&](const auto& grid) {
        const auto& n = grid.size();
        const std::int64_t side = std::max({n[0], n[1], n[2], std::int64_t(idle)}) + 1;
        const bool few = side * (levels.highest + 1) <= 1 << 16;
        tbb::parallel_for(std::size_t(0), offsets.size(), [&](std::size_t d) {
          out[d] = few ? count_direction<std::uint16_t>(grid, levels, offsets[d], side, drop_single)
                       : count_direction<std::uint32_t>(grid, levels, offsets[d], side, drop_single);
        });
      },
      levels.grid);
  return out;
}

}  // namespace radloom::glrlm
