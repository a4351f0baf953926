#pragma once
#include "families/glszm/formulas.hpp"
#include "kernels/maps/size_entries.hpp"

namespace radloom::maps {

/// Features of the zones in each neighbourhood.
///
/// Places take the smallest number among their equal neighbours, and then that one's, until none changes any more: it is the zone's first place.
///
/// Grid: one block a neighbourhood. Cost: places * neighbours a round, of which there are about as many as the logarithm of a zone's length; places^2
/// comparisons twice.
struct ZoneMaps {
  static constexpr int max_threads = tuning::threads_of_many_places;
  static constexpr int min_blocks = 1;  ///< of a multiprocessor: left to itself the assembler spills registers for more
  Around around;
  Span<const std::int32_t> neighbour;  ///< [direction, both ways][place]: -1 outside
  std::int32_t directions;
  double epsilon;
  Span<double> out;  ///< of each voxel feature::glszm::count

  static std::size_t shared_bytes(std::int64_t places, int threads) {
    return Around::shared_bytes(places, threads) + 2 * shared_room<std::int32_t>(places) +
           size_entries_bytes(places, places, places);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const Neighbourhood<Exec> near(exec, team, around);
    auto zone = exec.template shared<std::int32_t>(near.places),
         lower = exec.template shared<std::int32_t>(near.places);
    const SizeEntries<Exec> entries(exec, near, near.places, near.places);
    const auto beside = exec.global(neighbour);
    team.for_each(near.places, [&](std::int64_t p) { zone.set(p, std::int32_t(p)); });
    for (bool changed = true; changed;) {
      changed = team.template sums<1>(near.places, [&](std::int64_t p, auto& s) {
        const std::int32_t r = near.rank.get(p), old = zone.get(p);
        std::int32_t least = old;
        for (std::int32_t d = 0; d < directions && r >= 0; ++d)
          if (const std::int32_t q = beside[std::int64_t(d) * near.places + p]; q >= 0 && near.rank.get(q) == r)
            if (const std::int32_t there = zone.get(q); there < least) least = there;
        if (const std::int32_t further = zone.get(least); further < least) least = further;
        lower.set(p, least);
        s[0] += least < old;
      })[0] > 0;
      const auto swapped = zone;
      zone = lower;
      lower = swapped;
    }
    team.for_each(near.places, [&](std::int64_t p) {
      if (near.rank.get(p) < 0 || zone.get(p) != p) return entries.leave_out(p);
      std::int32_t voxels = 0;
      for (std::int32_t q = 0; q < near.places; ++q) voxels += zone.get(q) == p;
      entries.set(p, near.rank.get(p), voxels);
    });
    namespace f = feature::glszm;
    const auto feature = exec.global(out.part(std::int64_t(exec.block()) * f::count, f::count));
    entries.take(
        team, near.places, [](std::int64_t) { return 1.0; },
        [&](const auto& matrix) { glszm::compute(team, matrix, epsilon, feature); });
  }
};

}  // namespace radloom::maps
