#pragma once
#include "kernels/common/find_owner.hpp"
#include "kernels/common/ordered.hpp"
#include "kernels/shape/body_region.hpp"
#include "kernels/shape/tuning.hpp"

namespace radloom::shape {

/// Planes of equal z, y or x: which ends of lines can be corners of the plane's convex hull, and the largest squared distance of two.
///
/// A plane is a row of strips, of each of which the two ends matter. An end is left out where it lies on or inside the segment between
/// two other ends of its side, one of up to `reach` strips before and one after: so it is no corner of the hull, and for every point
/// there is a vertex that is farther away. Corners always stay, so the maximum over what stays is exact. What a plane of more strips
/// keeps beyond its corners is cut off by a line longer than the reach at least.
///
/// Grid: one block a plane. Cost: an end falls after the first comparisons unless the figure is convex around it; corners make
/// 2 x `reach`. Then the pairs of what stays, but only where the plane's extent can exceed the best of all planes so far.
///
/// `strips_at_once` are in shared memory at a time, `points_at_once` are compared with each other, `reach` is the number of strips to
/// each side.
template <int strips_at_once, int points_at_once, int reach>
struct ComparePlanesOf {
  Span<const BodyRegion> regions;
  Span<const std::int64_t> first_plane;        ///< of each region
  Span<const std::uint32_t> x_lines, y_lines;  ///< ends of lines along x and y
  /// Bit 0: the first vertex of the line may be a corner of its plane of equal z (line along x), y (along x), x (along y); bit 1: the
  /// last one. Zeroed by the caller.
  Span<std::uint8_t> z_corners, y_corners, x_corners;
  Span<std::uint64_t>
      largest;  ///< 4 a region: ordered keys of the squared diameters across z, y, x, and in space; zeroed by the caller

  static constexpr int max_threads = tuning::plane_threads;

  static constexpr std::size_t shared_bytes() {
    return 2 * std::size_t(loaded) * sizeof(std::int32_t) + 4 * std::size_t(points_at_once) * sizeof(std::int32_t) +
           2 * 16;
  }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto first_end = exec.template shared<std::int32_t>(loaded);
    auto last_end = exec.template shared<std::int32_t>(loaded);
    auto at = exec.template shared<std::int32_t>(2 * points_at_once);       // a group of points: strip, end
    auto earlier = exec.template shared<std::int32_t>(2 * points_at_once);  // of groups before
    auto extent = exec.template shared<std::int32_t>(4);  // lowest and highest strip, lowest and highest end
    auto shared = exec.template shared<std::uint32_t>(4);

    const auto first = exec.global(first_plane);
    const std::int64_t owner = find_owner(exec, first, regions.size, exec.block());
    const BodyRegion r = exec.global(regions)[owner];
    const Plane plane = plane_of(r, exec.block() - std::int64_t(first[owner]));
    const auto lines = exec.global(plane.axis == 2 ? y_lines.part(2 * r.y_lines, 2 * r.y_line_count())
                                                   : x_lines.part(2 * r.x_lines, 2 * r.x_line_count()));
    const auto corners = exec.global(plane.axis == 0   ? z_corners.part(r.x_lines, r.x_line_count())
                                     : plane.axis == 1 ? y_corners.part(r.x_lines, r.x_line_count())
                                                       : x_corners.part(r.y_lines, r.y_line_count()));
    const auto best = exec.global(largest.part(4 * owner, 4));
    const auto ends_of = [&](std::int64_t strip) {
      return line_ends(lines, plane.line + strip * plane.step, plane.halves);
    };

    measure_extent(exec, plane, ends_of, extent);
    if (extent.get(1) < 0) return;  // no vertex
    if (exec.thread() == 0) {
      const double strips = double(extent.get(1) - extent.get(0)) * plane.along,
                   ends = double(extent.get(3) - extent.get(2)) * plane.across;
      shared.set(2, ordered_key(strips * strips + ends * ends) > best.load(plane.axis) ? 1u : 0u);
    }

    double most = -1;
    int n = 0;  // points in `at`, from strips `group` on
    std::int64_t group = 0;
    for (std::int64_t chunk = 0; chunk < plane.strips; chunk += strips_at_once) {
      exec.sync_block();
      const std::int64_t from = chunk - reach, end = chunk + strips_at_once;
      for (int s = from < 0 ? int(-from) + exec.thread() : exec.thread(); s < loaded && from + s < plane.strips;
           s += exec.threads()) {
        const LineEnds e = ends_of(from + s);
        first_end.set(s, e.first);
        last_end.set(s, e.last);
      }
      if (exec.thread() == 0) shared.set(0, std::uint32_t(n));
      exec.sync_block();
      for (int k = exec.thread(); k < strips_at_once && chunk + k < plane.strips; k += exec.threads()) {
        const std::int64_t left = chunk + k, right = plane.strips - 1 - left;
        const unsigned marks = corner_marks(
            first_end, last_end, k + reach, int(left < reach ? left : reach), int(right < reach ? right : reach));
        if (marks == 0) continue;
        corners.set(plane.line + (chunk + k) * plane.step, std::uint8_t(marks));
        push(at, shared, 0, chunk + k, first_end.get(k + reach), last_end.get(k + reach), marks);
      }
      exec.sync_block();
      n = int(shared.get(0));
      if (end < plane.strips && n <= points_at_once - most_points) continue;  // the next chunk fits too
      if (shared.get(2) != 0) {
        most = farthest(exec, plane, at, n, at, n, most);
        int m = 0;
        for (std::int64_t before = 0; before < group; before += strips_at_once) {
          exec.sync_block();
          if (exec.thread() == 0) shared.set(1, std::uint32_t(m));
          exec.sync_block();
          for (int k = exec.thread(); k < strips_at_once; k += exec.threads()) {
            const unsigned marks = corners.get(plane.line + (before + k) * plane.step);
            if (marks == 0) continue;
            const LineEnds e = ends_of(before + k);
            push(earlier, shared, 1, before + k, e.first, e.last, marks);
          }
          exec.sync_block();
          m = int(shared.get(1));
          if (before + strips_at_once < group && m <= points_at_once - most_points) continue;
          most = farthest(exec, plane, at, n, earlier, m, most);
          m = 0;
        }
      }
      n = 0;
      group = end;
    }
    for (int mask = 16; mask > 0; mask /= 2) {
      const double other = exec.shuffle_xor(most, mask);
      most = other > most ? other : most;
    }
    if (exec.lane() == 0 && most >= 0) best.max(plane.axis, ordered_key(most));
  }

 private:
  static constexpr int loaded = strips_at_once + 2 * reach;
  static constexpr int most_points = 2 * strips_at_once;  ///< of a chunk of strips
  static_assert(points_at_once >= most_points);

  /// Strips of a plane: lines `line`, `line + step`, ...; their ends run over `halves` coordinates.
  struct Plane {
    int axis;  ///< 0: equal z, 1: equal y, 2: equal x
    std::int64_t line, step, strips, halves;
    double along, across;  ///< mm from strip to strip, and of a coordinate within one
  };

  RL_HD static Plane plane_of(const BodyRegion& r, std::int64_t number) {
    const std::int64_t nx = r.halves(0), ny = r.halves(1), nz = r.halves(2);
    const double sx = r.spacing_mm[0] / 2, sy = r.spacing_mm[1] / 2, sz = r.spacing_mm[2] / 2;
    int axis = number < nz ? 0 : number < nz + ny ? 1 : 2;
    number -= axis == 0 ? 0 : axis == 1 ? nz : nz + ny;
    if (r.plane_axis >= 0) {
      axis = r.plane_axis;
      number = 1;
    }
    if (axis == 0) return {0, number * ny, 1, ny, nx, sy, sx};
    if (axis == 1) return {1, number, ny, nz, nx, sz, sx};
    return {2, number, nx, nz, ny, sz, sy};
  }

  template <class Exec, class Ends, class View>
  RL_HD static void measure_extent(Exec& exec, const Plane& plane, const Ends& ends_of, View& extent) {
    // Each as something that is to be large: strips and ends, negative for the lowest.
    std::int32_t most[4] = {-INT32_MAX, -1, -INT32_MAX, -1};
    for (std::int64_t s = exec.thread(); s < plane.strips; s += exec.threads()) {
      const LineEnds e = ends_of(s);
      if (e.last < 0) continue;
      const auto strip = std::int32_t(s);
      if (-strip > most[0]) most[0] = -strip;
      if (strip > most[1]) most[1] = strip;
      if (-e.first > most[2]) most[2] = -e.first;
      if (e.last > most[3]) most[3] = e.last;
    }
    if (exec.thread() < 4) extent.set(exec.thread(), -INT32_MAX);
    exec.sync_block();
    for (int k = 0; k < 4; ++k) {
      for (int mask = 16; mask > 0; mask /= 2) {
        const std::int32_t other = exec.shuffle_xor(most[k], mask);
        most[k] = other > most[k] ? other : most[k];
      }
      if (exec.lane() == 0) extent.max(k, most[k]);
    }
    exec.sync_block();
    if (exec.thread() == 0) {
      extent.set(0, -extent.get(0));
      extent.set(2, -extent.get(2));
    }
    exec.sync_block();
  }

  /// Bit 0: the first end of strip `s` may be a corner; bit 1: the last one. Where they are one point, both bits or none. There are
  /// `left` strips before it to compare with, and `right` after.
  template <class View>
  RL_HD static unsigned corner_marks(const View& first_end, const View& last_end, int s, int left, int right) {
    if (last_end.get(s) < 0) return 0;
    const unsigned marks = (is_convex(first_end, last_end, s, left, right, 1) ? 1u : 0u) |
                           (is_convex(last_end, last_end, s, left, right, -1) ? 2u : 0u);
    return marks != 0 && first_end.get(s) == last_end.get(s) ? 3u : marks;
  }

  /// Is sign x end(s) below every segment between an end before and an end after? That is where all slopes to the left are less than all
  /// slopes to the right. Slopes are compared as fractions.
  template <class View>
  RL_HD static bool is_convex(const View& end, const View& last_end, int s, int left, int right, int sign) {
    const std::int64_t here = std::int64_t(end.get(s)) * sign;
    std::int64_t rise_before = 0, run_before = 0, rise_after = 0, run_after = 0;  // slopes; none where the run is 0
    for (int k = 1; k <= left || k <= right; ++k) {
      if (k <= left && last_end.get(s - k) >= 0) {
        const std::int64_t rise = here - std::int64_t(end.get(s - k)) * sign;
        if (run_before == 0 || rise * run_before > rise_before * k) {
          rise_before = rise;
          run_before = k;
        }
      }
      if (k <= right && last_end.get(s + k) >= 0) {
        const std::int64_t rise = std::int64_t(end.get(s + k)) * sign - here;
        if (run_after == 0 || rise * run_after < rise_after * k) {
          rise_after = rise;
          run_after = k;
        }
      }
      if (run_before != 0 && run_after != 0 && rise_before * run_after >= rise_after * run_before) return false;
    }
    return true;
  }

  template <class View, class Counts>
  RL_HD static void push(const View& points, const Counts& counts, int counter, std::int64_t strip, std::int32_t first,
      std::int32_t last, unsigned marks) {
    const int n = marks == 3 && first != last ? 2 : 1;
    auto to = int(counts.add(counter, std::uint32_t(n)));
    if (marks & 1) {
      points.set(2 * to, std::int32_t(strip));
      points.set(2 * to + 1, first);
      ++to;
    }
    if (marks == 2 || n == 2) {
      points.set(2 * to, std::int32_t(strip));
      points.set(2 * to + 1, last);
    }
  }

  /// The larger of `most` and the squared distances of a's points from b's.
  template <class Exec, class View>
  RL_HD static double farthest(
      Exec& exec, const Plane& plane, const View& a, int na, const View& b, int nb, double most) {
    for (int i = exec.thread(); i < na; i += exec.threads()) {
      const std::int32_t strip = a.get(2 * i), end = a.get(2 * i + 1);
      for (int j = 0; j < nb; ++j) {
        const double dt = double(strip - b.get(2 * j)) * plane.along,
                     du = double(end - b.get(2 * j + 1)) * plane.across;
        const double d = dt * dt + du * du;
        most = d > most ? d : most;
      }
    }
    return most;
  }
};
using ComparePlanes = ComparePlanesOf<tuning::plane_strips, tuning::plane_points, tuning::plane_reach>;

}  // namespace radloom::shape
