#pragma once
#include "families/gldm/formulas.hpp"
#include "kernels/maps/size_entries.hpp"

namespace radloom::maps {

/// Features of the dependences in each neighbourhood.
///
/// Grid: one block a neighbourhood. Cost: places * neighbours, and places^2 comparisons.
struct DependenceMaps {
  static constexpr int max_threads = tuning::threads_of_many_places;
  static constexpr int min_blocks = 1;  ///< of a multiprocessor: left to itself the assembler spills registers for more
  Around around;
  Span<const std::int32_t> neighbour;  ///< [step][place]: -1 outside
  std::int32_t steps, longest, alpha;
  double epsilon;
  Span<double> out;  ///< of each voxel feature::gldm::count

  static std::size_t shared_bytes(std::int64_t places, std::int64_t longest, int threads) {
    return Around::shared_bytes(places, threads) + size_entries_bytes(places, places, longest);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const Neighbourhood<Exec> near(exec, team, around);
    const SizeEntries<Exec> entries(exec, near, near.places, longest);
    const auto beside = exec.global(neighbour);
    team.for_each(near.places, [&](std::int64_t p) {
      const std::int32_t r = near.rank.get(p);
      if (r < 0) return entries.leave_out(p);
      const std::int32_t own = near.level.get(r);
      std::int32_t dependent = 1;
      for (std::int32_t s = 0; s < steps; ++s) {
        const std::int32_t q = beside[std::int64_t(s) * near.places + p], other = q < 0 ? -1 : near.rank.get(q);
        if (other < 0) continue;
        const std::int32_t difference = near.level.get(other) - own;
        dependent += difference <= alpha && -difference <= alpha;
      }
      entries.set(p, r, dependent);
    });
    namespace f = feature::gldm;
    const auto feature = exec.global(out.part(std::int64_t(exec.block()) * f::count, f::count));
    entries.take(
        team, near.places, [](std::int64_t) { return 1.0; },
        [&](const auto& matrix) { gldm::compute(team, matrix, epsilon, feature); });
  }
};

}  // namespace radloom::maps
