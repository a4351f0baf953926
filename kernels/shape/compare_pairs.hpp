#pragma once
#include <cmath>

#include "kernels/common/find_owner.hpp"
#include "kernels/common/ordered.hpp"
#include "kernels/shape/cloud.hpp"
#include "kernels/shape/tuning.hpp"

namespace radloom::shape {

/// The largest squared distance of two points of each cloud: every pair of tiles of points, but for those whose points lie too near the
/// centre to make a longer line than the best so far. The outermost tiles come first, so that the best is found at once.
///
/// Grid: any number of blocks; they share out the pairs of tiles of the whole batch, whose number is known to the device alone. A thread holds
/// a point and goes through the other tile in shared memory, which all lanes read at one place. Cost: 9 operations in double precision a
/// pair of points.
struct ComparePairs {
  Span<const BodyRegion> regions;
  Span<const std::uint32_t> x_lines;
  Span<const VertexKey> points;  ///< each region's from BodyRegion::candidates on
  Span<const Cloud> clouds;
  Span<const std::uint64_t> first_pair;  ///< of each region, and the number of all
  Span<std::uint64_t> largest;           ///< 4 a region: the last is made here

  static constexpr int max_threads = tuning::pair_threads;

  static constexpr std::size_t shared_bytes() { return 3 * std::size_t(tuning::pair_threads) * sizeof(double) + 16; }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto xs = exec.template shared<double>(tuning::pair_threads);
    auto ys = exec.template shared<double>(tuning::pair_threads);
    auto zs = exec.template shared<double>(tuning::pair_threads);
    auto worth = exec.template shared<std::uint32_t>(1);
    const auto first = exec.global(first_pair);
    const auto best = exec.global(largest);
    const auto all = std::int64_t(first[regions.size]);
    for (std::int64_t item = exec.block(); item < all; item += exec.blocks()) {
      const std::int64_t owner = find_owner(exec, first, regions.size, item);
      const BodyRegion r = exec.global(regions)[owner];
      const Cloud cloud = exec.global(clouds)[owner];
      const auto lines = exec.global(x_lines.part(2 * r.x_lines, 2 * r.x_line_count()));
      const auto keys = exec.global(points.part(r.candidates, r.most_candidates()));
      // Pairs (a, b), a <= b, in the order of b, then a.
      const std::int64_t number = item - std::int64_t(first[owner]);
      auto b = std::int64_t((sqrt(8 * double(number) + 1) - 1) / 2);
      while (b * (b + 1) / 2 > number) --b;
      while ((b + 1) * (b + 2) / 2 <= number) ++b;
      const std::int64_t from_a = (number - b * (b + 1) / 2) * exec.threads(), from_b = b * exec.threads();
      const int in_a = int(cloud.points - from_a < exec.threads() ? cloud.points - from_a : exec.threads());
      const int in_b = int(cloud.points - from_b < exec.threads() ? cloud.points - from_b : exec.threads());
      exec.sync_block();  // shared memory may still be read
      if (exec.thread() == 0) {
        const double outermost_a = sqrt(squared_distance(cloud.centre, point_of(r, lines, keys[from_a]))),
                     outermost_b = sqrt(squared_distance(cloud.centre, point_of(r, lines, keys[from_b])));
        const double reach = (outermost_a + outermost_b + 2 * cloud.thickness) * (1 + hair);
        worth.set(0, ordered_key(reach * reach) > best.load(4 * owner + 3) ? 1u : 0u);
      }
      if (exec.thread() < in_b) {
        const Point p = point_of(r, lines, keys[from_b + exec.thread()]);
        xs.set(exec.thread(), p.x);
        ys.set(exec.thread(), p.y);
        zs.set(exec.thread(), p.z);
      }
      exec.sync_block();
      if (worth.get(0) == 0) continue;
      double most = 0;
      if (exec.thread() < in_a) {
        const Point p = point_of(r, lines, keys[from_a + exec.thread()]);
        for (int j = 0; j < in_b; ++j) {
          const double d = squared_distance(p, Point{xs.get(j), ys.get(j), zs.get(j)});
          most = d > most ? d : most;
        }
      }
      for (int mask = 16; mask > 0; mask /= 2) {
        const double other = exec.shuffle_xor(most, mask);
        most = other > most ? other : most;
      }
      if (exec.lane() == 0 && ordered_key(most) > best.load(4 * owner + 3)) best.max(4 * owner + 3, ordered_key(most));
    }
  }
};

}  // namespace radloom::shape
