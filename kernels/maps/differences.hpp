#pragma once
#include "families/ngtdm/formulas.hpp"
#include "kernels/maps/neighbourhood.hpp"

namespace radloom::maps {

/// Features of the gray tone differences in each neighbourhood.
///
/// Grid: one block a neighbourhood. Cost: places * neighbours, levels * places, and the formulas' levels^2.
struct DifferenceMaps {
  static constexpr int max_threads = tuning::threads_of_many_places;
  static constexpr int min_blocks = 1;  ///< of a multiprocessor: left to itself the assembler spills registers for more
  Around around;
  Span<const std::int32_t> neighbour;  ///< [step][place]: -1 outside
  std::int32_t steps;
  bool pyradiomics;  ///< counts voxels without neighbours, the standard leaves them out (3.10)
  Span<double> out;  ///< of each voxel feature::ngtdm::count

  static std::size_t shared_bytes(std::int64_t places, int threads) {
    return Around::shared_bytes(places, threads) + 3 * shared_room<double>(places);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const Neighbourhood<Exec> near(exec, team, around);
    const auto of_place = exec.template shared<double>(near.places), voxels = exec.template shared<double>(near.places),
               difference = exec.template shared<double>(near.places);
    const auto beside = exec.global(neighbour);
    team.for_each(near.places, [&](std::int64_t p) {
      const std::int32_t r = near.rank.get(p);
      std::int64_t sum = 0, inside = 0;
      for (std::int32_t s = 0; s < steps && r >= 0; ++s) {
        const std::int32_t q = beside[std::int64_t(s) * near.places + p], other = q < 0 ? -1 : near.rank.get(q);
        if (other < 0) continue;
        sum += near.level.get(other);
        ++inside;
      }
      const std::int64_t apart = r < 0 ? 0 : inside * near.level.get(r) - sum;
      of_place.set(p, inside > 0 ? double(apart < 0 ? -apart : apart) / double(inside) : alone);
    });
    team.for_each(near.levels, [&](std::int64_t r) {
      double n = near.voxels.get(r), sum = 0;
      for (std::int32_t p = 0; p < near.places; ++p) {
        if (near.rank.get(p) != r) continue;
        if (const double d = of_place.get(p); d != alone) sum += d;
        else n -= pyradiomics ? 0 : 1;
      }
      voxels.set(r, n);
      difference.set(r, sum);
    });
    namespace f = feature::ngtdm;
    const auto feature = exec.global(out.part(std::int64_t(exec.block()) * f::count, f::count));
    using Words = typename Neighbourhood<Exec>::Words;
    using Doubles = std::remove_const_t<decltype(voxels)>;
    ngtdm::compute(team, Matrix<Words, Doubles>{near.level, voxels, difference, near.levels}, pyradiomics, feature);
  }

 private:
  static constexpr double alone = -1;  ///< in place of the difference of a voxel without neighbours

  template <class Words, class Doubles>
  struct Matrix {
    Words level;
    Doubles voxels, difference;
    std::int64_t levels;
  };
};

}  // namespace radloom::maps
