#pragma once
#include <cstdint>

#include "kernels/common/launch_shape.hpp"
#include "kernels/common/span.hpp"
#include "kernels/common/team.hpp"
#include "kernels/maps/tuning.hpp"

namespace radloom::maps {

/// The neighbourhoods of a launch: block b looks around voxel b.
struct Around {
  Span<const std::uint16_t> levels;  ///< gray levels, 0 where a voxel does not count
  Span<const std::int64_t> at;       ///< where each voxel lies among them
  Span<const std::int64_t> step;     ///< from there to each place of a kernel

  RL_HD std::int32_t places() const { return std::int32_t(step.size); }
  /// Shared memory of `Neighbourhood` and of a team.
  static std::size_t shared_bytes(std::int64_t places, int threads) {
    return shared_room<double>(team_doubles(threads)) + 5 * shared_room<std::int32_t>(places);
  }
};

/// What lies around one voxel, in shared memory. Gray levels are numbered anew: ranks of those that occur here, ascending (see maps::Neighbourhood
/// of the cpu).
template <class Exec>
struct Neighbourhood {
  using Words = decltype(std::declval<Exec&>().template shared<std::int32_t>(0));
  Words rank;    ///< of each place; -1 where it does not count
  Words level;   ///< of each rank
  Words voxels;  ///< of each rank
  std::int32_t places, levels;

  /// Cost: a gray level read a place, places^2 comparisons twice.
  RL_HD Neighbourhood(Exec& exec, const BlockTeam<Exec>& team, const Around& around)
      : rank(exec.template shared<std::int32_t>(around.places())),
        level(exec.template shared<std::int32_t>(around.places())),
        voxels(exec.template shared<std::int32_t>(around.places())), places(around.places()) {
    const auto own = exec.template shared<std::int32_t>(places);  // gray level of a place
    const auto first =
        exec.template shared<std::int32_t>(places);  // voxels of its level, at the first place that has it
    const auto levels_there = exec.global(around.levels);
    const auto step = exec.global(around.step);
    const std::int64_t at = exec.global(around.at)[exec.block()];
    team.for_each(places, [&](std::int64_t p) { own.set(p, levels_there[at + step[p]]); });
    levels = std::int32_t(team.template sums<1>(places, [&](std::int64_t p, auto& s) {
      const std::int32_t g = own.get(p);
      std::int32_t all = 0, before = 0;
      for (std::int32_t q = 0; q < places; ++q) {
        const bool same = own.get(q) == g;
        all += same;
        before += same && q < p;
      }
      const bool is_first = g != 0 && before == 0;
      first.set(p, is_first ? all : 0);
      s[0] += is_first;
    })[0]);
    team.for_each(places, [&](std::int64_t p) {
      const std::int32_t g = own.get(p);
      std::int32_t r = g == 0 ? -1 : 0;
      for (std::int32_t q = 0; q < places && g != 0; ++q) r += first.get(q) > 0 && own.get(q) < g;
      rank.set(p, r);
      if (const std::int32_t n = first.get(p)) {
        level.set(r, g);
        voxels.set(r, n);
      }
    });
  }
};

/// Two small numbers in a word.
RL_HD inline std::int32_t packed(std::int32_t high, std::int32_t low) { return high << 16 | low; }
RL_HD inline std::int32_t high_of(std::int32_t word) { return word >> 16; }
RL_HD inline std::int32_t low_of(std::int32_t word) { return word & 0xffff; }
inline constexpr std::int64_t most_places = 0x7fff;  ///< of a neighbourhood, so that ranks and sizes can be packed

}  // namespace radloom::maps
