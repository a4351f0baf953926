#pragma once
#include <type_traits>

#include "kernels/common/double_bits.hpp"
#include "kernels/common/lines.hpp"
#include "kernels/common/regions.hpp"
#include "kernels/common/team.hpp"
#include "kernels/glcm/scratch.hpp"

namespace radloom::glcm {

/// A dense matrix whose words are counts or weights, and its cells one by one.
template <class Words>
struct DenseCells {
  Words word;
  std::uint32_t side;
  RL_HD Cell operator[](std::int64_t c) const {
    const auto w = double(word.get(c));
    if (w == 0) return {0, 0, 0};
    const auto row = std::uint32_t(c) / side;
    return {std::int32_t(row), std::int32_t(std::uint32_t(c) - row * side), w};
  }
};

/// Products with a dense matrix for maximal_correlation. Its words hold p_ik / (p_i p_k + epsilon), from which p comes back by a
/// multiplication. Threads go down columns side by side; along rows only where the matrix is not symmetric.
template <class Exec, class Team, class Words, class V>
struct DenseProduct {
  Exec& exec;
  const Team& team;
  Words word;
  V row, column;  ///< probabilities
  std::int64_t side;
  bool symmetric;

  RL_HD double ratio(std::int64_t c) const {
    if constexpr (std::is_same_v<decltype(word.get(0)), double>) return word.get(c);
    else return double_of(word.get(c));
  }
  RL_HD double probability(double ratio, double p_i, double p_k) const {
    return ratio * (p_i * p_k + correlation_epsilon);
  }

  RL_HD void down(const V& v, const V& root, const V& inverse, const V& a, const V& b) const {
    team.for_each(side, [&](std::int64_t k) {
      const double p_k = column[k];
      double x = 0, y = 0;
      for (std::int64_t i = 0; i < side; ++i) {
        const double u = ratio(i * side + k);
        if (u == 0) continue;
        const double v_i = v[i];
        x += probability(u, row[i], p_k) * (inverse[i] * v_i);
        y += u * (root[i] * v_i);
      }
      a[k] = x;
      b[k] = y;
    });
  }
  RL_HD void up(const V& a, const V& b, const V& root, const V& inverse, const V& image) const {
    if (symmetric) {
      team.for_each(side, [&](std::int64_t i) {
        const double p_i = row[i];
        double x = 0, y = 0;
        for (std::int64_t k = 0; k < side; ++k) {
          const double u = ratio(k * side + i);
          if (u == 0) continue;
          x += u * a[k];
          y += probability(u, p_i, column[k]) * b[k];
        }
        image[i] = (root[i] * x + inverse[i] * y) / 2;
      });
      return;
    }
    sums_of_lines(
        exec, side, [&](std::int64_t i) { return i * side; },
        [&](std::int64_t i, std::int64_t c, Sums<2>& s) {
          const double u = ratio(c);
          if (u == 0) return;
          const std::int64_t k = c - i * side;
          s[0] += u * a[k];
          s[1] += probability(u, row[i], column[k]) * b[k];
        },
        [&](std::int64_t i, const Sums<2>& s) { image[i] = (root[i] * s[0] + inverse[i] * s[1]) / 2; });
  }
};

/// Features of dense matrices: one of every direction (counts, Word = std::uint64_t, made symmetric here) or merged (weights, double, which
/// are already). The matrices are used up.
///
/// Grid: one block a region and direction. Cost: six passes over the cells (one of them along columns, to make it symmetric), and two a step
/// of MCC. Matrices up to 128 levels stay in the first cache. Marginals are gathered, each by a thread, so nothing collides.
template <class Word>
struct DenseFeatures {
  Span<const std::int32_t> regions;  ///< of this launch
  Span<const LevelRegion> region;
  Span<const std::uint64_t> histogram;
  Span<const std::int64_t> matrices;  ///< where a region's begin
  Span<Word> words;
  Span<double> out;   ///< [region][direction][feature]
  int directions;     ///< matrices a region
  std::int64_t room;  ///< doubles of shared memory for the formulas
  bool symmetric, pyradiomics, correlation;

  static constexpr int max_threads = 512;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const auto scratch = exec.template shared<double>(room);
    const std::int32_t of = exec.global(regions)[exec.block() / directions];
    const std::int64_t d = exec.block() % directions;
    const LevelRegion r = exec.global(region)[of];
    const std::int64_t n = r.highest, cells = n * n;
    const auto word = exec.global(words.part(exec.global(matrices)[of] + d * cells, cells));
    namespace f = feature::glcm;
    const auto feature = exec.global(out.part((std::int64_t(of) * directions + d) * f::count, f::count));

    if (std::is_integral_v<Word> && symmetric) make_symmetric(team, word, n);
    const auto marginal = marginals_in(scratch, n);
    gather(exec, team, word, n, marginal);
    const double total = team.template sums<1>(n, [&](std::int64_t i, auto& t) { t[0] += marginal.row[i]; })[0];
    if (total == 0) {
      team.for_each(f::count, [&](std::int64_t k) { feature[k] = NAN; });
      return;
    }
    const double largest = team.maximum(cells, 0, [&](std::int64_t c) { return double(word.get(c)); });
    using Words = std::remove_const_t<decltype(word)>;
    const View<DenseCells<Words>, EveryLevel> view{{word, std::uint32_t(n)}, cells, {}, int(n), int(n), total, largest};
    compute(team, view, marginal, pyradiomics, feature);
    double mcc = NAN;
    if (correlation && one_level(team, exec.global(histogram.part(r.histogram, r.highest + 1)))) {
      mcc = 1;
    } else if (correlation) {
      team.for_each(cells, [&](std::int64_t c) {
        const Cell cell = view.cell[c];
        const double ratio =
            cell.weight == 0
                ? 0.0
                : cell.weight / total / (marginal.row[cell.row] * marginal.column[cell.column] + correlation_epsilon);
        if constexpr (std::is_integral_v<Word>) word.set(c, bits_of(ratio));
        else word.set(c, ratio);
      });
      using V = std::remove_const_t<decltype(scratch)>;
      const DenseProduct<Exec, BlockTeam<Exec>, Words, V> product{
          exec, team, word, marginal.row, marginal.column, n, symmetric};
      mcc = maximal_correlation(team, int(n), EveryLevel{}, marginal.row, product, correlation_in(scratch, n));
    }
    team.once([&] { feature[f::mcc] = mcc; });
  }

 private:
  template <class Team, class Words>
  RL_HD static void make_symmetric(const Team& team, const Words& word, std::int64_t n) {
    team.for_each(n * n, [&](std::int64_t c) {
      const std::int64_t i = std::uint32_t(c) / std::uint32_t(n), j = c - i * n;
      if (j < i) return;
      const Word both = word.get(c) + word.get(j * n + i);
      word.set(c, both);
      if (j > i) word.set(j * n + i, both);
    });
  }

  /// Lanes hold neighbouring columns, sums or differences, so that at every step they read neighbouring words.
  template <class Exec, class Team, class Words, class V>
  RL_HD void gather(
      Exec& exec, const Team& team, const Words& word, std::int64_t n, const Marginals<V>& marginal) const {
    team.for_each(n, [&](std::int64_t k) {
      Word column = 0, difference = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        column += word.get(i * n + k);
        if (i + k < n) difference += word.get(i * n + i + k);
        if (i >= k && k > 0) difference += word.get(i * n + i - k);
      }
      marginal.column[k] = double(column);
      marginal.difference[k] = double(difference);
      if (symmetric) marginal.row[k] = double(column);
    });
    team.for_each(2 * n - 1, [&](std::int64_t k) {
      Word sum = 0;
      for (std::int64_t i = 0; i < n; ++i)
        if (k >= i && k - i < n) sum += word.get(i * n + k - i);
      marginal.sum[k + 2] = double(sum);
    });
    if (!symmetric)
      sums_of_lines(
          exec, n, [&](std::int64_t i) { return i * n; },
          [&](std::int64_t, std::int64_t c, Sums<2>& s) { s[0] += double(word.get(c)); },
          [&](std::int64_t i, const Sums<2>& s) { marginal.row[i] = s[0]; });
  }
};

}  // namespace radloom::glcm
