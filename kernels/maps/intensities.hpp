#pragma once
#include "families/firstorder/formulas.hpp"
#include "kernels/firstorder/terms.hpp"
#include "kernels/maps/neighbourhood.hpp"

namespace radloom::maps {

/// First-order features of each neighbourhood.
///
/// Grid: one block a neighbourhood. Cost: an intensity read a place, places^2 comparisons to put them in order, ten sums.
struct IntensityMaps {
  static constexpr int max_threads = tuning::threads_of_many_places;
  static constexpr int min_blocks = 1;  ///< of a multiprocessor: left to itself the assembler spills registers for more
  Around around;
  Span<const double> intensities;  ///< where the gray levels lie
  double voxel_volume_mm3, shift;
  bool pyradiomics;
  Span<double> out;  ///< of each voxel feature::firstorder::count

  static std::size_t shared_bytes(std::int64_t places, int threads) {
    return Around::shared_bytes(places, threads) + 2 * shared_room<double>(places);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    using firstorder::Pass;
    const BlockTeam<Exec> team(exec);
    const Neighbourhood<Exec> near(exec, team, around);
    const auto value = exec.template shared<double>(near.places), sorted = exec.template shared<double>(near.places);
    const auto intensity = exec.global(intensities);
    const auto step = exec.global(around.step);
    const std::int64_t at = exec.global(around.at)[exec.block()];
    team.for_each(near.places, [&](std::int64_t p) { value.set(p, intensity[at + step[p]]); });
    const double n = team.template sums<1>(near.places, [&](std::int64_t p, auto& s) {
      if (near.rank.get(p) < 0) return;
      const double v = value.get(p);
      std::int32_t below = 0;
      for (std::int32_t q = 0; q < near.places; ++q) {
        if (near.rank.get(q) < 0) continue;
        const double other = value.get(q);
        below += other < v || (other == v && q < p);
      }
      sorted.set(below, v);
      s[0] += 1;
    })[0];
    firstorder::Selection order{};
    for (int t = 0; t < firstorder::targets; ++t)
      order.prefix[t] = ordered_key(sorted.get(firstorder::target_rank(std::int64_t(n), t)));
    firstorder::Progress progress{};
    const auto sums = [&](auto tag) {
      constexpr Pass pass = decltype(tag)::value;
      return team.template sums<firstorder::sums_of(pass)>(near.places, [&](std::int64_t p, auto& s) {
        if (near.rank.get(p) >= 0) firstorder::add_terms<pass>(value.get(p), 1, shift, progress, s);
      });
    };
    const std::integral_constant<Pass, Pass::mean> mean;
    const std::integral_constant<Pass, Pass::moments> moments;
    const std::integral_constant<Pass, Pass::robust> robust;
    firstorder::conclude<Pass::mean>(sums(mean), order, n, progress);
    firstorder::conclude<Pass::moments>(sums(moments), order, n, progress);
    firstorder::Measures m = firstorder::measures_of(progress, sums(robust), order, n);
    m.voxel_volume_mm3 = voxel_volume_mm3;
    // Equal values have no spread; the rounding of their mean is none.
    if (m.minimum == m.maximum) m.moment2 = m.moment3 = m.moment4 = 0;
    namespace f = feature::firstorder;
    const auto feature = exec.global(out.part(std::int64_t(exec.block()) * f::count, f::count));
    firstorder::compute(team, m, near.voxels, near.levels, pyradiomics, feature);
  }
};

}  // namespace radloom::maps
