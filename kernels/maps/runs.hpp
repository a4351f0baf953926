#pragma once
#include <cmath>

#include "families/common/direction_features.hpp"
#include "families/glrlm/formulas.hpp"
#include "kernels/maps/size_entries.hpp"

namespace radloom::maps {

/// Features of the runs in each neighbourhood, averaged over its matrices: one a direction, or one of all of them.
///
/// Grid: one block a neighbourhood. Cost of a direction: places * length steps, and places^2 comparisons a matrix.
struct RunMaps {
  static constexpr int max_threads = tuning::threads_of_many_places;
  static constexpr int min_blocks = 1;  ///< of a multiprocessor: left to itself the assembler spills registers for more
  Around around;
  Span<const std::int32_t> before, next;  ///< [direction][place]: the place a step back and a step on; -1 outside
  Span<const double> weights;             ///< of each direction; empty: 1 and a matrix each
  std::int32_t directions, longest;
  bool drop_single;  ///< directions in which no line has two voxels are left out
  double epsilon;
  Span<double> out;  ///< of each voxel feature::glrlm::count

  static std::size_t shared_bytes(std::int64_t places, std::int64_t entries, std::int64_t longest, int threads) {
    return Around::shared_bytes(places, threads) + shared_room<double>(feature::glrlm::count) +
           size_entries_bytes(places, entries, longest);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    namespace f = feature::glrlm;
    const BlockTeam<Exec> team(exec);
    const Neighbourhood<Exec> near(exec, team, around);
    const auto value = exec.template shared<double>(f::count);
    const bool merged = weights.size > 0;
    const SizeEntries<Exec> entries(exec, near, std::int64_t(near.places) * (merged ? directions : 1), longest);
    MeanOfNumbers mean;  // of the feature that has this thread's number
    const auto take = [&](std::int64_t n, const auto& weight) {
      if (!entries.take(team, n, weight, [&](const auto& matrix) { glrlm::compute(team, matrix, epsilon, value); }))
        return;
      exec.sync_block();
      if (const int feature = exec.thread(); feature < f::count) mean.add(value.get(feature));
    };
    const auto weight = exec.global(weights);
    for (std::int32_t d = 0; d < directions; ++d) {
      list(exec, team, near, entries, d, merged ? std::int64_t(d) * near.places : 0);
      if (!merged) take(near.places, [](std::int64_t) { return 1.0; });
    }
    if (merged)
      take(std::int64_t(near.places) * directions, [&](std::int64_t e) { return double(weight[e / near.places]); });
    if (const int feature = exec.thread(); feature < f::count)
      exec.global(out).set(std::int64_t(exec.block()) * f::count + feature, mean.value());
  }

 private:
  /// Lists the runs of a direction, from entry `first` on: at the place where each begins.
  template <class Exec>
  RL_HD void list(Exec& exec, const BlockTeam<Exec>& team, const Neighbourhood<Exec>& near,
      const SizeEntries<Exec>& entries, std::int32_t d, std::int64_t first) const {
    const auto back = exec.global(before.part(std::int64_t(d) * near.places, near.places));
    const auto on = exec.global(next.part(std::int64_t(d) * near.places, near.places));
    const bool counts = !drop_single || team.maximum(near.places, 0, [&](std::int64_t p) {
      if (near.rank.get(p) < 0) return 0.0;
      std::int32_t q = on[p];
      while (q >= 0 && near.rank.get(q) < 0) q = on[q];
      return q >= 0 ? 1.0 : 0.0;
    }) > 0;
    team.for_each(near.places, [&](std::int64_t p) {
      const std::int32_t r = near.rank.get(p), b = back[p];
      if (!counts || r < 0 || (b >= 0 && near.rank.get(b) == r)) return entries.leave_out(first + p);
      std::int32_t length = 1;
      for (std::int32_t q = on[p]; q >= 0 && near.rank.get(q) == r; q = on[q]) ++length;
      entries.set(first + p, r, length);
    });
  }
};

}  // namespace radloom::maps
