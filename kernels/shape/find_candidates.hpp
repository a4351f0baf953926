#pragma once
#include "core/bits.hpp"
#include "kernels/common/find_owner.hpp"
#include "kernels/shape/body_region.hpp"
#include "kernels/shape/tuning.hpp"

namespace radloom::shape {

/// A vertex by the line along x it is an end of: line * 2, + 1 for the last.
using VertexKey = std::uint32_t;

/// The vertices that may be corners of all three of their planes: ends of the longest line in space are among them. They are listed by
/// region, in the order in which blocks come, which nothing depends on.
///
/// Grid: one block `candidate_threads` lines along x. Cost a line: two bytes of marks; the ends of two lines and a byte for an end that may
/// be a corner of two planes; an atomic a warp that finds any.
struct FindCandidates {
  Span<const BodyRegion> regions;
  Span<const std::int64_t> first_tile;         ///< of each region
  Span<const std::uint32_t> x_lines, y_lines;  ///< ends of lines along x and y
  Span<const std::uint8_t> z_corners, y_corners, x_corners;
  Span<VertexKey> list;        ///< each region's from BodyRegion::candidates on
  Span<std::uint32_t> listed;  ///< how many, of each region; zeroed by the caller

  static constexpr int max_threads = tuning::candidate_threads;

  RL_HD static std::int64_t tiles(const BodyRegion& r, int threads) {
    return (r.x_line_count() + threads - 1) / threads;
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const auto [owner, r, item] = owned_block(exec, regions, first_tile);
    const auto out = exec.global(list.part(r.candidates, r.most_candidates()));
    const std::int64_t line = item * exec.threads() + exec.thread();
    const unsigned found = line < r.x_line_count() ? ends_found(exec, r, line) : 0;
    const std::uint32_t firsts = exec.ballot(found & 1), lasts = exec.ballot(found & 2);
    const int n = count_bits(firsts) + count_bits(lasts);
    if (n == 0) return;
    std::uint32_t to = 0;
    if (exec.lane() == 0) to = exec.global(listed).add(owner, std::uint32_t(n));
    to = exec.shuffle(to, 0);
    const std::uint32_t before = (std::uint32_t(1) << exec.lane()) - 1;
    if (found & 1) out.set(to + count_bits(firsts & before), VertexKey(2 * line));
    if (found & 2) out.set(to + count_bits(firsts) + count_bits(lasts & before), VertexKey(2 * line + 1));
  }

 private:
  /// Bit 0: the first vertex of the line is a candidate; bit 1: the last one, and it is another.
  template <class Exec>
  RL_HD unsigned ends_found(Exec& exec, const BodyRegion& r, std::int64_t line) const {
    const unsigned in_z = exec.global(z_corners.part(r.x_lines, r.x_line_count()))[line];
    const unsigned in_y = exec.global(y_corners.part(r.x_lines, r.x_line_count()))[line];
    const unsigned marks = in_z & in_y;
    if (marks == 0) return 0;
    const LineEnds x = line_ends(exec.global(x_lines.part(2 * r.x_lines, 2 * r.x_line_count())), line, r.halves(0));
    const auto y = std::int32_t(line % r.halves(1));
    const std::int64_t z = line / r.halves(1);
    unsigned found = 0;
    for (unsigned k = 0; k < 2; ++k) {
      if (!(marks >> k & 1) || (k == 1 && x.first == x.last)) continue;
      const std::int64_t across = z * r.halves(0) + (k == 0 ? x.first : x.last);
      const LineEnds e = line_ends(exec.global(y_lines.part(2 * r.y_lines, 2 * r.y_line_count())), across, r.halves(1));
      const unsigned in_x = exec.global(x_corners.part(r.y_lines, r.y_line_count()))[across];
      if ((e.first == y && (in_x & 1)) || (e.last == y && (in_x & 2))) found |= 1u << k;
    }
    return found;
  }
};

}  // namespace radloom::shape
