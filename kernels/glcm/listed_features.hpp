#pragma once
#include "kernels/common/double_bits.hpp"
#include "kernels/common/lines.hpp"
#include "kernels/common/team.hpp"
#include "kernels/glcm/listed_pairs.hpp"
#include "kernels/glcm/scratch.hpp"

namespace radloom::glcm {

/// The cells of a matrix in a sorted list, with words that hold weights first and p_ik / (p_i p_k + epsilon) later.
template <class Keys, class Words>
struct ListedCells {
  Keys key;
  Words word;
  PairKeys of;
  std::int64_t first;
  RL_HD Cell operator[](std::int64_t c) const { return at(first + c); }
  RL_HD Cell at(std::int64_t c) const {
    const std::uint64_t k = key[c];
    return {of.row_of(k), of.column_of(k), double_of(word.get(c))};
  }
};

/// Products for maximal_correlation with matrices by row and, where they are not symmetric, by column too. A warp a line.
template <class Exec, class Cells, class Rows, class V>
struct ListedProduct {
  Exec& exec;
  Cells cells;
  Rows rows, columns;  ///< where lines begin
  V row, column;       ///< probabilities
  std::int64_t levels;

  RL_HD void down(const V& v, const V& root, const V& inverse, const V& a, const V& b) const {
    sums_of_lines(
        exec, levels, [&](std::int64_t k) { return std::int64_t(columns.get(k)); },
        [&](std::int64_t k, std::int64_t c, Sums<2>& s) {
          const Cell cell = cells.at(c);
          const std::int64_t i = cell.column;
          const double v_i = v[i];
          s[0] += cell.weight * (row[i] * column[k] + correlation_epsilon) * (inverse[i] * v_i);
          s[1] += cell.weight * (root[i] * v_i);
        },
        [&](std::int64_t k, const Sums<2>& s) {
          a[k] = s[0];
          b[k] = s[1];
        });
  }
  RL_HD void up(const V& a, const V& b, const V& root, const V& inverse, const V& image) const {
    sums_of_lines(
        exec, levels, [&](std::int64_t i) { return std::int64_t(rows.get(i)); },
        [&](std::int64_t i, std::int64_t c, Sums<2>& s) {
          const Cell cell = cells.at(c);
          const std::int64_t k = cell.column;
          s[0] += cell.weight * a[k];
          s[1] += cell.weight * (row[i] * column[k] + correlation_epsilon) * b[k];
        },
        [&](std::int64_t i, const Sums<2>& s) { image[i] = (root[i] * s[0] + inverse[i] * s[1]) / 2; });
  }
};

/// Features of matrices that are sorted lists of cells.
///
/// Grid: one block a matrix. Cost: 16 bytes a cell and pass; five passes, and two a step of MCC. Sums and differences of gray levels are
/// counted by integer atomics direction by direction, then weighted.
struct ListedFeatures {
  Span<const LevelRegion> region;
  Span<const std::uint64_t> histogram;
  Span<const Listed> listed;
  Span<const std::uint64_t> cells;   ///< keys, each once
  Span<const std::uint32_t> counts;  ///< of each
  Span<const std::uint32_t> rows;    ///< where rows begin
  std::int64_t rows_a_set;
  Span<std::uint64_t> words;   ///< one a cell
  Span<std::uint64_t> sums;    ///< 3 levels + 1 a matrix and counted direction
  Span<double> room;           ///< scratch_doubles a matrix
  Span<const double> weights;  ///< [region][direction], where they are merged
  Span<double> out;            ///< [region][matrix][feature]
  PairKeys key;
  bool symmetric, pyradiomics, correlation;

  static constexpr int max_threads = 256;
  static constexpr int min_blocks = 1;  ///< of a multiprocessor: for 2, registers are spilled

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const int matrices = key.matrices(), counted = key.directions / matrices;
    const Listed list = exec.global(listed)[exec.block() / matrices];
    const std::int64_t m = exec.block() % matrices, n = list.levels;
    const auto row_starts = [&](int set) {
      return exec.global(rows.part(set * rows_a_set + list.rows + m * (n + 1), n + 1));
    };
    const auto by_row = row_starts(0), by_column = row_starts(symmetric ? 0 : 1);
    const std::int64_t first = by_row[0], last = by_row[n];
    namespace f = feature::glcm;
    const auto feature = exec.global(out.part((list.region * std::int64_t(matrices) + m) * f::count, f::count));
    if (first == last) {
      team.for_each(f::count, [&](std::int64_t k) { feature[k] = NAN; });
      return;
    }

    const auto keys = exec.global(cells);
    const auto word = exec.global(words);
    const auto count = exec.global(counts);
    const auto weight = [&](int d) -> double {
      return key.direction_bits > 0 ? double(exec.global(weights)[std::int64_t(list.region) * key.directions + d])
                                    : 1.0;
    };
    weigh(team, keys, count, word, weight, first, last);
    if (!symmetric) weigh(team, keys, count, word, weight, by_column[0], by_column[n]);

    const std::int64_t doubles = scratch_doubles(n, correlation), integers = 3 * n + 1;
    const auto scratch = exec.global(room.part(list.room + m * doubles, doubles));
    const auto sum = exec.global(sums.part(list.sums + m * counted * integers, counted * integers));
    const auto marginal = marginals_in(scratch, n);
    team.for_each(counted * integers, [&](std::int64_t k) { sum.set(k, 0); });
    team.for_each(last - first, [&](std::int64_t c) {
      const std::uint64_t k = keys[first + c];
      const std::int64_t i = key.row_of(k), j = key.column_of(k), at = key.direction_of(k) * integers;
      const std::uint64_t times = count[first + c];
      sum.add(at + i + j + 2, times);
      sum.add(at + 2 * n + 1 + (i < j ? j - i : i - j), times);
    });
    team.for_each(integers, [&](std::int64_t k) {
      double s = 0;
      for (int d = 0; d < counted; ++d) s += weight(d) * double(sum.get(d * integers + k));
      if (k <= 2 * n) marginal.sum[k] = s;
      else marginal.difference[k - 2 * n - 1] = s;
    });
    using Cells = ListedCells<std::remove_const_t<decltype(keys)>, std::remove_const_t<decltype(word)>>;
    const Cells cell{keys, word, key, first};
    const auto line_sums = [&](const auto& starts, const auto& marginal_out) {
      sums_of_lines(
          exec, n, [&](std::int64_t i) { return std::int64_t(starts.get(i)); },
          [&](std::int64_t, std::int64_t c, Sums<2>& s) { s[0] += double_of(word.get(c)); },
          [&](std::int64_t i, const Sums<2>& s) { marginal_out[i] = s[0]; });
    };
    line_sums(by_row, marginal.row);
    line_sums(by_column, marginal.column);
    const double total = team.template sums<1>(n, [&](std::int64_t i, auto& t) { t[0] += marginal.row[i]; })[0];
    const double largest =
        team.maximum(last - first, 0, [&](std::int64_t c) { return double_of(word.get(first + c)); });
    const View<Cells, EveryLevel> view{cell, last - first, {}, int(n), int(n), total, largest};
    compute(team, view, marginal, pyradiomics, feature);

    double mcc = NAN;
    const LevelRegion r = exec.global(region)[list.region];
    if (correlation && one_level(team, exec.global(histogram.part(r.histogram, r.highest + 1)))) {
      mcc = 1;
    } else if (correlation) {
      const auto divide = [&](std::int64_t from, std::int64_t to, const auto& line, const auto& other) {
        team.for_each(to - from, [&](std::int64_t c) {
          const Cell one = cell.at(from + c);
          const double p = one.weight / total;
          word.set(from + c, bits_of(p / (line[one.row] * other[one.column] + correlation_epsilon)));
        });
      };
      divide(first, last, marginal.row, marginal.column);
      if (!symmetric) divide(by_column[0], by_column[n], marginal.column, marginal.row);
      using V = std::remove_const_t<decltype(scratch)>;
      const ListedProduct<Exec, Cells, std::remove_const_t<decltype(by_row)>, V> product{
          exec, cell, by_row, by_column, marginal.row, marginal.column, n};
      mcc = maximal_correlation(team, int(n), EveryLevel{}, marginal.row, product, correlation_in(scratch, n));
    }
    team.once([&] { feature[f::mcc] = mcc; });
  }

 private:
  /// The weight of each cell. Where directions are merged a cell is a stretch of keys; its first holds the weight of all.
  template <class Team, class Keys, class Counts, class Words, class Weight>
  RL_HD void weigh(const Team& team, const Keys& keys, const Counts& count, const Words& word, const Weight& weight,
      std::int64_t first, std::int64_t last) const {
    team.for_each(last - first, [&](std::int64_t k) {
      std::int64_t c = first + k;
      const std::uint64_t own = keys[c];
      double sum = 0;
      if (c == first || !key.same_cell(keys[c - 1], own))
        for (; c < last && key.same_cell(keys[c], own); ++c)
          sum += weight(key.direction_of(keys[c])) * double(count[c]);
      word.set(first + k, bits_of(sum));
    });
  }
};

}  // namespace radloom::glcm
