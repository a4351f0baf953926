#pragma once
#include "kernels/glcm/pairs.hpp"

namespace radloom::glcm {

/// Regions whose levels are too many for dense matrices: every pair becomes a key, keys are sorted and runs of them counted.

/// A region in such a list.
struct Listed {
  std::int32_t region, levels;
  std::int64_t first, length;  ///< its voxels among the region's own levels: [first, first + length)
  std::int64_t keys;           ///< where its keys begin
  std::int64_t rows;           ///< where the starts of its rows begin: levels + 1 a matrix
  std::int64_t room, sums;     ///< where the scratch of its matrices begins
};

/// How a pair becomes a key: set, region, direction, row, column from the highest bits down; the direction last where directions
/// are merged, so that the same cell of all directions lies together. Set 1 holds transposed matrices.
struct PairKeys {
  int regions, directions;
  int direction_bits;  ///< 0 where each direction has a matrix of its own
  bool merged() const { return direction_bits > 0; }
  RL_HD int matrices() const { return direction_bits > 0 ? 1 : directions; }  ///< a region

  /// The least key of a row; row = levels: behind the last.
  RL_HD std::uint64_t row(int set, std::int64_t matrix, std::int64_t i) const {
    const std::uint64_t m = std::uint64_t(set) * regions * matrices() + matrix;
    return (m << 32 | std::uint64_t(i) << 16) << direction_bits;
  }
  RL_HD std::uint64_t operator()(int set, std::int64_t slot, int d, std::uint32_t i, std::uint32_t j) const {
    if (direction_bits > 0) return row(set, slot, i) | std::uint64_t(j) << direction_bits | std::uint32_t(d);
    return row(set, slot * directions + d, i) | j;
  }
  RL_HD std::int32_t row_of(std::uint64_t key) const { return std::int32_t(key >> direction_bits >> 16 & 0xffff); }
  RL_HD std::int32_t column_of(std::uint64_t key) const { return std::int32_t(key >> direction_bits & 0xffff); }
  RL_HD int direction_of(std::uint64_t key) const { return int(key & ((std::uint64_t(1) << direction_bits) - 1)); }
  RL_HD bool same_cell(std::uint64_t a, std::uint64_t b) const { return a >> direction_bits == b >> direction_bits; }
};

/// What becomes of a pair besides its own key.
enum class Mirror { none, same_set, transposed_set };

/// Writes the keys of every pair; where there is none, a key of all ones, which sorts last.
///
/// Grid: one block a share of voxels, all directions; Share::region counts the list. Cost: 2 bytes a voxel and direction read, 8 or 16
/// written.
struct WritePairKeys {
  Span<const LevelRegion> region;
  Span<const std::uint16_t> levels;
  Span<const Listed> listed;
  Span<const Share> shares;
  Span<const Step> steps;
  Span<std::uint64_t> keys;
  Span<std::uint64_t> pairs;  ///< of each region; empty: not counted again
  PairKeys key;
  Mirror mirror;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Share share = exec.global(shares)[exec.block()];
    const Listed list = exec.global(listed)[share.region];
    const LevelRegion r = exec.global(region)[list.region];
    const auto level = exec.global(levels.part(r.first, r.padded_voxels()));
    const auto step = exec.global(steps);
    const int copies = mirror == Mirror::none ? 1 : 2, set = mirror == Mirror::same_set ? 0 : 1;
    const auto out = exec.global(keys.part(list.keys, copies * key.directions * list.length));
    std::uint64_t found = 0;
    for (std::int64_t at = share.first + exec.thread(); at < share.last; at += exec.threads()) {
      const std::uint32_t centre = level[at];
      for (int d = 0; d < key.directions; ++d) {
        std::uint32_t neighbour = 0;
        if (centre != 0) {
          const Step s = step[d];
          neighbour = level[at + r.step(s.offset)];
        }
        const bool pair = neighbour != 0;
        found += pair;
        const std::int64_t to = at - list.first + d * list.length;
        out.set(to, pair ? key(0, share.region, d, centre - 1, neighbour - 1) : ~std::uint64_t(0));
        if (copies > 1)
          out.set(to + key.directions * list.length,
              pair ? key(set, share.region, d, neighbour - 1, centre - 1) : ~std::uint64_t(0));
      }
    }
    if (pairs.size > 0) add_pairs(exec, pairs, list.region, found);
  }
};

/// Where each row of each matrix begins among the sorted cells, by bisection.
///
/// Grid: one block a matrix. Cost: a logarithm of cells reads a row.
struct FindRows {
  Span<const Listed> listed;
  Span<const std::uint64_t> cells;   ///< keys, each once
  Span<const std::uint32_t> number;  ///< how many
  Span<std::uint32_t> rows;
  std::int64_t rows_a_set;
  PairKeys key;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const int a_set = key.regions * key.matrices(), set = exec.block() / a_set, matrix = exec.block() % a_set;
    const Listed list = exec.global(listed)[matrix / key.matrices()];
    const std::int64_t n = exec.global(number)[0];
    const auto cell = exec.global(cells);
    const auto out = exec.global(
        rows.part(set * rows_a_set + list.rows + matrix % key.matrices() * (list.levels + 1), list.levels + 1));
    for (std::int64_t row = exec.thread(); row <= list.levels; row += exec.threads()) {
      const std::uint64_t sought = key.row(set, matrix, row);
      std::int64_t first = 0, last = n;
      while (first < last) {
        const std::int64_t middle = (first + last) / 2;
        if (cell[middle] < sought) first = middle + 1;
        else last = middle;
      }
      out.set(row, std::uint32_t(first));
    }
  }
};

}  // namespace radloom::glcm
