#pragma once
#include <cmath>

#include "families/common/direction_features.hpp"
#include "kernels/glcm/scratch.hpp"
#include "kernels/maps/neighbourhood.hpp"
#include "maps/kernel.hpp"

namespace radloom::maps {

/// Features of the co-occurrences in each neighbourhood, averaged over its matrices: one a direction, or one of all of them.
///
/// A matrix is never laid out: every pair of places looks for the pairs of the same two levels, and the first of them is the cell.
///
/// Grid: one block a neighbourhood. Cost of a matrix: pairs^2 comparisons, levels * pairs additions, and the formulas over 2 pairs cells; MCC
/// where its graph does not decide it (glcm::SmallCorrelations): levels * pairs a multiplication.
struct CooccurrenceMaps {
  static constexpr int max_threads = tuning::threads_of_many_places;
  static constexpr int min_blocks = 1;  ///< of a multiprocessor: left to itself the assembler spills registers for more
  Around around;
  Span<const Pair> pairs;           ///< of all matrices
  Span<const double> weights;       ///< of each pair; empty: they count 1
  Span<const std::int32_t> starts;  ///< matrices + 1: where the pairs of each begin
  std::int32_t longest;             ///< pairs of a matrix, the most
  std::int32_t highest_level;       ///< N_g
  bool symmetric, pyradiomics, correlation;
  bool one_level;    ///< the region has one gray level: MCC is 1
  Span<double> out;  ///< of each voxel feature::glcm::count

  static std::size_t shared_bytes(std::int64_t places, std::int64_t longest, bool correlation, int threads) {
    return Around::shared_bytes(places, threads) + 3 * shared_room<std::int32_t>(longest) +
           3 * shared_room<double>(longest) + shared_room<double>(glcm::scratch_doubles(places, correlation)) +
           shared_room<std::uint32_t>(most_met) + shared_room<double>(feature::glcm::count);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    namespace f = feature::glcm;
    const BlockTeam<Exec> team(exec);
    const Neighbourhood<Exec> near(exec, team, around);
    const Room<Exec> room(exec, longest, glcm::scratch_doubles(near.places, correlation));
    const std::int32_t n = near.levels;
    const auto row = room.scratch.part(0, n), column = room.scratch.part(n, n);
    const auto start = exec.global(starts);
    const auto pair = exec.global(pairs);
    const auto weight = exec.global(weights);

    const auto is_twice = [&](std::int32_t key) { return symmetric && high_of(key) == low_of(key); };
    MeanOfNumbers mean;  // of the feature that has this thread's number
    for (std::int64_t matrix = 0; matrix + 1 < start.size(); ++matrix) {
      const std::int32_t first = start[matrix], size = start[matrix + 1] - first;
      team.for_each(size, [&](std::int64_t t) {
        const Pair p = pair[first + t];
        std::int32_t i = near.rank.get(p.first), j = near.rank.get(p.second);
        if (i < 0 || j < 0) {
          room.key.set(t, -1);  // and a sum and a difference that no other has
          room.sum_level.set(t, 0);
          room.difference_level.set(t, highest_level);
          return;
        }
        if (symmetric && i > j) {
          const std::int32_t k = i;
          i = j;
          j = k;
        }
        const std::int32_t a = near.level.get(i), b = near.level.get(j);
        room.key.set(t, packed(i, j));
        room.sum_level.set(t, a + b);
        room.difference_level.set(t, a < b ? b - a : a - b);
      });
      // Each pair's share goes to the first of its kind: as a cell, as a sum of levels, as a difference.
      const double total = team.template sums<1>(size, [&](std::int64_t t, auto& s) {
        const Shares share =
            weights.size ? shares<double>(room, t, size, [&](std::int32_t u) { return double(weight[first + u]); })
                         : shares<std::int32_t>(room, t, size, [](std::int32_t) { return 1; });
        const double times = symmetric ? 2 : 1;
        room.cell.set(t, share.cell);
        room.sum.set(t, times * share.sum);
        room.difference.set(t, times * share.difference);
        s[0] += times * share.cell;
      })[0];
      if (total == 0) continue;  // the whole block agrees
      team.for_each(n, [&](std::int64_t i) {
        double in_row = 0, in_column = 0;
        std::uint32_t met = 0;  // which of the first levels this one meets
        for (std::int32_t t = 0; t < size; ++t) {
          const double w = room.cell.get(t);
          if (w == 0) continue;
          const std::int32_t key = room.key.get(t), a = high_of(key), b = low_of(key);
          if (a == i) in_row += is_twice(key) ? 2 * w : w;
          if (b == i && !(symmetric && a == b)) (symmetric ? in_row : in_column) += w;
          if (a == i && b < most_met) met |= 1u << b;
          if (b == i && a < most_met) met |= 1u << a;
        }
        row.set(i, in_row);
        column.set(i, symmetric ? in_row : in_column);
        if (i < most_met) room.met.set(i, met);
      });
      const double largest = team.maximum(size, 0, [&](std::int64_t t) {
        const double w = room.cell.get(t);
        return w > 0 && is_twice(room.key.get(t)) ? 2 * w : w;
      });

      using Words = typename Neighbourhood<Exec>::Words;
      using Doubles = typename Room<Exec>::Doubles;
      using Cells = CellsOfPairs<Words, Doubles>;
      const Cells cell{room.key, room.cell, symmetric};
      const glcm::ListedView<Cells, Words, Words> view{
          {cell, symmetric ? 2 * std::int64_t(size) : size, near.level, n, highest_level, total, largest},
          room.sum_level, size, room.difference_level, size};
      glcm::compute(
          team, view, glcm::Marginals<Doubles>{row, column, room.sum, room.difference}, pyradiomics, room.value);
      double mcc = NAN;
      if (correlation && !(symmetric && n <= most_met && decided(exec, room.met, n, mcc))) {
        // Cells become probabilities, and sums those over the marginals'.
        team.for_each(size, [&](std::int64_t t) {
          const double w = room.cell.get(t);
          if (w == 0) return;
          const std::int32_t key = room.key.get(t);
          const double p = (is_twice(key) ? 2 * w : w) / total;
          room.cell.set(t, p);
          room.sum.set(t, p / (row.get(high_of(key)) * column.get(low_of(key)) + glcm::correlation_epsilon));
        });
        const Product<Exec> product{team, room.key, room.cell, room.sum, size, n, symmetric};
        mcc = n < 2
                  ? 0
                  : glcm::maximal_correlation(team, n, near.level, row, product, glcm::correlation_in(room.scratch, n));
      }
      if (const int feature = exec.thread(); feature < f::count)
        mean.add(feature == f::mcc ? mcc : double(room.value.get(feature)));
    }
    if (const int feature = exec.thread(); feature < f::count)
      exec.global(out).set(std::int64_t(exec.block()) * f::count + feature,
          one_level && correlation && feature == f::mcc ? 1.0 : mean.value());
  }

 private:
  static constexpr std::int32_t most_met = 32;

  template <class Exec>
  struct Room {
    using Words = typename Neighbourhood<Exec>::Words;
    using Doubles = decltype(std::declval<Exec&>().template shared<double>(0));
    using Masks = decltype(std::declval<Exec&>().template shared<std::uint32_t>(0));
    RL_HD Room(Exec& exec, std::int32_t longest, std::int64_t doubles)
        : key(exec.template shared<std::int32_t>(longest)), sum_level(exec.template shared<std::int32_t>(longest)),
          difference_level(exec.template shared<std::int32_t>(longest)), cell(exec.template shared<double>(longest)),
          sum(exec.template shared<double>(longest)), difference(exec.template shared<double>(longest)),
          scratch(exec.template shared<double>(doubles)), met(exec.template shared<std::uint32_t>(most_met)),
          value(exec.template shared<double>(feature::glcm::count)) {}
    Words key;  ///< of each pair: the ranks of its levels; -1 where it does not count
    Words sum_level, difference_level;
    Doubles cell, sum, difference;  ///< weights; 0 where an earlier pair is of the same kind
    Doubles scratch;
    Masks met;
    Doubles value;
  };

  struct Shares {
    double cell, sum, difference;
  };
  /// The weights of all pairs like pair t: of its cell, of its sum of levels, of its difference. 0 where an earlier pair has that already.
  template <class Number, class Room, class Weight>
  RL_HD static Shares shares(const Room& room, std::int64_t t, std::int32_t size, const Weight& weight) {
    const std::int32_t key = room.key.get(t), sum = room.sum_level.get(t), difference = room.difference_level.get(t);
    if (key < 0) return {0, 0, 0};
    Number of_cell = 0, of_sum = 0, of_difference = 0;
    std::int32_t first_cell = size, first_sum = size, first_difference = size;
    for (std::int32_t u = size; u-- > 0;) {
      const Number w = weight(u);
      if (room.key.get(u) == key) {
        of_cell += w;
        first_cell = u;
      }
      if (room.sum_level.get(u) == sum) {
        of_sum += w;
        first_sum = u;
      }
      if (room.difference_level.get(u) == difference) {
        of_difference += w;
        first_difference = u;
      }
    }
    return {first_cell < t ? 0.0 : double(of_cell), first_sum < t ? 0.0 : double(of_sum),
        first_difference < t ? 0.0 : double(of_difference)};
  }

  /// A matrix as glcm::View wants it; of a symmetric one the other half follows.
  template <class Words, class Doubles>
  struct CellsOfPairs {
    Words key;
    Doubles weight;
    bool symmetric;
    RL_HD glcm::Cell operator[](std::int64_t c) const {
      const std::int64_t t = symmetric ? c / 2 : c;
      const double w = weight.get(t);
      if (w == 0) return {0, 0, 0};
      const std::int32_t i = high_of(key.get(t)), j = low_of(key.get(t));
      if (!symmetric) return {i, j, w};
      if (i == j) return {i, j, c % 2 == 0 ? 2 * w : 0.0};
      return c % 2 == 0 ? glcm::Cell{i, j, w} : glcm::Cell{j, i, w};
    }
  };

  /// See glcm::maximal_correlation.
  template <class Exec>
  struct Product {
    using Words = typename Neighbourhood<Exec>::Words;
    using Doubles = typename Room<Exec>::Doubles;
    const BlockTeam<Exec>& team;
    Words key;
    Doubles p, over_marginals;
    std::int32_t size, n;
    bool symmetric;

    /// add(from, t) of every cell t that lies in line k and begins or ends at `from`.
    template <class Add>
    RL_HD void along(bool down, std::int64_t k, const Add& add) const {
      for (std::int32_t t = 0; t < size; ++t) {
        if (p.get(t) == 0) continue;
        const std::int32_t i = high_of(key.get(t)), j = low_of(key.get(t));
        if ((down ? j : i) == k) add(down ? i : j, t);
        else if (symmetric && (down ? i : j) == k) add(down ? j : i, t);
      }
    }
    RL_HD void down(
        const Doubles& v, const Doubles& root, const Doubles& inverse, const Doubles& a, const Doubles& b) const {
      team.for_each(n, [&](std::int64_t k) {
        double in_a = 0, in_b = 0;
        along(true, k, [&](std::int32_t i, std::int32_t t) {
          in_a += p.get(t) * inverse.get(i) * v.get(i);
          in_b += over_marginals.get(t) * root.get(i) * v.get(i);
        });
        a.set(k, in_a);
        b.set(k, in_b);
      });
    }
    RL_HD void up(
        const Doubles& a, const Doubles& b, const Doubles& root, const Doubles& inverse, const Doubles& image) const {
      team.for_each(n, [&](std::int64_t i) {
        double sum = 0;
        along(false, i, [&](std::int32_t k, std::int32_t t) {
          sum += (root.get(i) * over_marginals.get(t) * a.get(k) + inverse.get(i) * p.get(t) * b.get(k)) / 2;
        });
        image.set(i, sum);
      });
    }
  };

  /// Whether the graph of a symmetric matrix says its MCC: see glcm::SmallCorrelations. Every warp finds it for itself.
  template <class Exec, class Masks>
  RL_HD static bool decided(Exec& exec, const Masks& met, std::int32_t n, double& mcc) {
    const std::uint32_t own = exec.lane() < n ? met.get(exec.lane()) : 0;
    const std::uint32_t present = exec.ballot(own != 0);
    mcc = 0;
    if ((present & (present - 1)) == 0) return true;
    std::uint32_t even = present & (~present + 1), odd = 0;
    for (;;) {
      const std::uint32_t more_even = even | exec.ballot((own & odd) != 0),
                          more_odd = odd | exec.ballot((own & even) != 0);
      if (more_even == even && more_odd == odd) break;
      even = more_even;
      odd = more_odd;
    }
    mcc = 1;
    return (even | odd) != present || (even & odd) == 0;
  }
};

}  // namespace radloom::maps
