#pragma once
#include "kernels/common/size_rows.hpp"

namespace radloom {

/// Adds the cells of every size matrix to its marginals.
///
/// Grid: one block a matrix. Cost: 4 bytes a cell; two atomics and 6 bytes more a cell that is not 0.
struct SizeMarginals {
  static constexpr int max_threads = 256;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const std::uint32_t> row_end;
  Span<const std::uint16_t> cell_level;
  Span<const std::uint32_t> counts;
  Span<std::uint32_t> by_level;  ///< of each region and matrix highest + 1 words, from word histogram * matrices on
  Span<std::uint32_t> by_size;   ///< of each region and matrix `longest` words, from word first_size * matrices on
  int matrices;                  ///< of a region

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const int at = exec.block() / matrices, m = exec.block() % matrices;
    const LevelRegion r = exec.global(region)[at];
    const SizeRows own = exec.global(rows)[at];
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const auto level = exec.global(cell_level.part(own.first_cell, own.cells));
    const auto count = exec.global(counts.part(own.first_cell * matrices + m * own.cells, own.cells));
    const std::int64_t levels = r.highest + 1;
    const auto of_level = exec.global(by_level.part(r.histogram * matrices + m * levels, levels));
    const auto of_size =
        exec.global(by_size.part(own.first_size * matrices + std::int64_t(m) * own.longest, own.longest));
    const std::int64_t used = end[r.highest];
    for (std::int64_t c = exec.thread(); c < used; c += exec.threads())
      if (const std::uint32_t n = count[c]) {
        const std::int32_t g = level[c];
        of_level.add(g, n);
        of_size.add(c - end[g - 1], n);
      }
  }
};

}  // namespace radloom
