#pragma once
#include "families/ih/formulas.hpp"
#include "kernels/common/launch_shape.hpp"
#include "kernels/common/team.hpp"
#include "kernels/firstorder/terms.hpp"
#include "kernels/ih/tuning.hpp"

namespace radloom::ih {

/// Features of every region, from the histogram that preprocess::Discretise counted: order statistics by walking along it, sums as first
/// order makes them, a level weighing as many voxels as it has.
///
/// Grid: one block a region. Cost: 15 reads of 8 bytes a level, some 60 operations in double.
struct Features {
  static constexpr int max_threads = tuning::region_threads;
  static constexpr int min_blocks = 2;  // else the assembler spills for the sake of occupancy, which does not count
  Span<const LevelRegion> region;
  Span<const std::uint64_t> inside;
  Span<const std::uint64_t> histogram;
  Span<double> out;  ///< of each region feature::ih::count

  static std::size_t shared_bytes(int threads) {
    return shared_room<double>(team_doubles(threads)) + shared_room<std::uint64_t>(threads) +
           shared_room<std::uint64_t>(firstorder::targets);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    using firstorder::Pass;
    const BlockTeam<Exec> team(exec);
    const auto room = exec.template shared<std::uint64_t>(exec.threads());
    const auto keys = exec.template shared<std::uint64_t>(firstorder::targets);
    const LevelRegion r = exec.global(region)[exec.block()];
    const std::uint64_t voxels = exec.global(inside)[exec.block()];
    const auto features = exec.global(out.part(std::int64_t(exec.block()) * feature::ih::count, feature::ih::count));
    if (voxels == 0) {
      for (int f = exec.thread(); f < feature::ih::count; f += exec.threads()) features.set(f, NAN);
      return;
    }
    const auto counts = exec.global(histogram.part(r.histogram + 1, r.highest));
    const auto n = double(voxels);
    const firstorder::Selection order = order_statistics(exec, counts, r.highest, std::int64_t(voxels), room, keys);

    firstorder::Progress p{};
    const auto pass = [&]<Pass which>(std::integral_constant<Pass, which>) {
      return team.template sums<firstorder::sums_of(which)>(r.highest, [&](std::int64_t i, auto& s) {
        if (const std::uint64_t c = counts[i]) firstorder::add_terms<which>(double(i + 1), double(c), 0, p, s);
      });
    };
    firstorder::conclude<Pass::mean>(pass(std::integral_constant<Pass, Pass::mean>{}), order, n, p);
    firstorder::conclude<Pass::moments>(pass(std::integral_constant<Pass, Pass::moments>{}), order, n, p);
    const auto robust = pass(std::integral_constant<Pass, Pass::robust>{});
    compute(team, firstorder::measures_of(p, robust, order, n), counts, r.highest, features);
  }

 private:
  /// Every thread sums a stretch of levels; then a thread a target walks along the stretches, and along the levels of the one where it ends.
  template <class Exec, class Counts, class Room>
  RL_HD static firstorder::Selection order_statistics(
      Exec& exec, const Counts& counts, std::int64_t levels, std::int64_t n, const Room& room, const Room& keys) {
    const std::int64_t stretch = (levels + exec.threads() - 1) / exec.threads();
    const std::int64_t first = exec.thread() * stretch, last = first + stretch < levels ? first + stretch : levels;
    std::uint64_t sum = 0;
    for (std::int64_t i = first; i < last; ++i) sum += counts[i];
    room.set(exec.thread(), sum);
    exec.sync_block();
    if (exec.thread() < firstorder::targets) {
      auto left = std::uint64_t(firstorder::target_rank(n, exec.thread()));
      const auto walk = [&left](std::int64_t at, const auto& view) {
        for (std::uint64_t here = view.get(at); left >= here; here = view.get(++at)) left -= here;
        return at;
      };
      const std::int64_t level = walk(walk(0, room) * stretch, counts) + 1;
      keys.set(exec.thread(), ordered_key(double(level)));
    }
    exec.sync_block();
    firstorder::Selection s{};
    for (int t = 0; t < firstorder::targets; ++t) s.prefix[t] = keys.get(t);
    return s;
  }
};

}  // namespace radloom::ih
