#pragma once
#include <cmath>
#include <cstring>

#include "kernels/common/ordered.hpp"
#include "kernels/shape/cloud.hpp"
#include "kernels/shape/tuning.hpp"

namespace radloom::shape {

/// Leaves out the candidates that cannot be ends of the longest line, and puts the others in order. A first line is found by going to the
/// farthest point three times. With its middle as centre and R the largest distance from there, no point nearer to the centre than
/// (length of that line) - R can be an end of a longer one.
///
/// Grid: one block a region. Cost: the list is walked six times.
struct ThinOut {
  Span<const BodyRegion> regions;
  Span<const std::uint32_t> x_lines;
  Span<const VertexKey> list;
  Span<const std::uint32_t> listed;
  Span<VertexKey> left;            ///< like `list`
  Span<Cloud> clouds;              ///< one a region
  Span<std::uint64_t> pair_tiles;  ///< one a region: pairs of tiles of `pair_threads` points
  Span<std::uint64_t> largest;     ///< 4 a region: the last gets the length squared of the first line

  static constexpr int max_threads = tuning::cloud_threads;
  static_assert(tuning::cloud_shells <= tuning::cloud_threads);

  static constexpr std::size_t shared_bytes(int threads) {
    return std::size_t(threads / 32) * sizeof(std::uint64_t) + 15 +
           std::size_t(tuning::cloud_shells) * sizeof(std::uint32_t);
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto room = exec.template shared<std::uint64_t>(exec.warps());
    auto shell = exec.template shared<std::uint32_t>(tuning::cloud_shells);
    const std::int64_t owner = exec.block();
    const BodyRegion r = exec.global(regions)[owner];
    const auto in = exec.global(list.part(r.candidates, r.most_candidates()));
    const auto out = exec.global(left.part(r.candidates, r.most_candidates()));
    const auto lines = exec.global(x_lines.part(2 * r.x_lines, 2 * r.x_line_count()));
    const std::int64_t n = exec.global(listed)[owner];
    if (n == 0) {
      if (exec.thread() == 0) {
        exec.global(clouds).set(owner, Cloud{});
        exec.global(pair_tiles).set(owner, std::uint64_t(0));
      }
      return;
    }
    // In single precision, with the key behind it: any point does that is nearly the farthest, and the same one every time.
    const auto farthest_from = [&](const Point& p) {
      std::uint64_t best = 0;
      for (std::int64_t i = exec.thread(); i < n; i += exec.threads()) {
        const VertexKey key = in[i];
        const auto d = float(squared_distance(p, point_of(r, lines, key)));
        std::uint32_t bits;
        memcpy(&bits, &d, sizeof bits);
        const std::uint64_t word = std::uint64_t(bits) << 32 | key;
        best = word > best ? word : best;
      }
      return point_of(r, lines, VertexKey(largest_of_block(exec, room, best)));
    };
    const Point box{double(r.size[0]) * r.spacing_mm[0] / 2, double(r.size[1]) * r.spacing_mm[1] / 2,
        double(r.size[2]) * r.spacing_mm[2] / 2};
    const Point a = farthest_from(farthest_from(box)), b = farthest_from(a);
    const double found = squared_distance(a, b);
    const Point centre{(a.x + b.x) / 2, (a.y + b.y) / 2, (a.z + b.z) / 2};
    double own = 0;
    for (std::int64_t i = exec.thread(); i < n; i += exec.threads()) {
      const double d = squared_distance(centre, point_of(r, lines, in[i]));
      own = d > own ? d : own;
    }
    const double radius = sqrt(from_ordered_key(largest_of_block(exec, room, ordered_key(own))));
    const double nearest = sqrt(found) * (1 - hair) - radius * (1 + hair);
    const double thickness = (radius - (nearest > 0 ? nearest : 0)) / tuning::cloud_shells;
    const auto shell_of = [&](const Point& p) {  // -1: left out
      const double distance = sqrt(squared_distance(centre, p));
      if (distance < nearest) return -1;
      const double s = thickness > 0 ? (radius - distance) / thickness : 0;
      return s < tuning::cloud_shells - 1 ? int(s) : tuning::cloud_shells - 1;
    };

    // Counting sort by shells.
    if (exec.thread() < tuning::cloud_shells) shell.set(exec.thread(), 0u);
    exec.sync_block();
    for (std::int64_t i = exec.thread(); i < n; i += exec.threads())
      if (const int s = shell_of(point_of(r, lines, in[i])); s >= 0) shell.add(s, 1u);
    exec.sync_block();
    if (exec.thread() == 0) {
      std::uint32_t sum = 0;
      for (int s = 0; s < tuning::cloud_shells; ++s) {
        const std::uint32_t here = shell.get(s);
        shell.set(s, sum);
        sum += here;
      }
      const std::uint64_t tiles = (std::uint64_t(sum) + tuning::pair_threads - 1) / tuning::pair_threads;
      exec.global(clouds).set(owner, Cloud{centre, thickness, std::int64_t(sum)});
      exec.global(pair_tiles).set(owner, tiles * (tiles + 1) / 2);
      exec.global(largest).set(4 * owner + 3, ordered_key(found));
    }
    exec.sync_block();
    for (std::int64_t i = exec.thread(); i < n; i += exec.threads()) {
      const VertexKey key = in[i];
      if (const int s = shell_of(point_of(r, lines, key)); s >= 0) out.set(shell.add(s, 1u), key);
    }
  }

 private:
  template <class Exec, class View>
  RL_HD static std::uint64_t largest_of_block(Exec& exec, const View& room, std::uint64_t own) {
    for (int mask = 16; mask > 0; mask /= 2) {
      const std::uint64_t other = exec.shuffle_xor(own, mask);
      own = other > own ? other : own;
    }
    exec.sync_block();  // the room may still be read
    if (exec.lane() == 0) room.set(exec.warp(), own);
    exec.sync_block();
    std::uint64_t all = 0;
    for (int w = 0; w < exec.warps(); ++w) {
      const std::uint64_t v = room.get(w);
      all = v > all ? v : all;
    }
    return all;
  }
};

}  // namespace radloom::shape
