#include "families/shape/vertices.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "core/simd.hpp"

namespace radloom::shape {
namespace {

/// What is left for the rounding of floats where it is asked whether a distance can matter; those that do are compared in doubles.
constexpr double slack = 1e-5;
/// Floats that are compared at a time: the lines of a plane are as many times so many.
constexpr int lanes = 8;

/// What `Vertices::reach` says of `planes` of `n` lines, whose steps along them, `step` each, are counted from `from`. `aside` and
/// `behind` are the squared distances of the lines of a plane, and of the planes; `here` is room for `n` numbers.
RL_SIMD_CLONES void reach_of_planes(const std::int32_t* low, const std::int32_t* high, std::int64_t n,
    std::int64_t planes, std::int32_t from, float step, const float* aside, const float* behind, float* here,
    float* within, float* across) {
  for (std::int64_t p = 0; p < planes; ++p, low += n, high += n) {
    RL_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) {
      const float far = float(std::max(high[i] - from, from - low[i])) * step, squared = far * far;
      const bool there = low[i] <= high[i];
      here[i] = there ? squared + aside[i] : -1;
      across[i] = std::max(across[i], there ? squared + behind[p] : -1);
    }
    float best[lanes];
    for (float& b : best) b = -1;
    for (std::int64_t i = 0; i < n; i += lanes)
      for (int k = 0; k < lanes; ++k) best[k] = here[i + k] > best[k] ? here[i + k] : best[k];
    within[p] = *std::max_element(best, best + lanes);
  }
}

/// The first and the last vertex of every line along x; `count` lines a plane, others are left as they are.
RL_SIMD_CLONES void find_ends(const BitMask& mask, std::int64_t count, std::int32_t* low, std::int32_t* high) {
  // The first and last bit of a row of words, which stand for 2 b + offset.
  const auto put = [&, words = mask.words()](std::int64_t line, int of_low, int of_high, const auto& word) {
    std::int64_t first = 0, last = words - 1;
    while (first < words && word(first) == 0) ++first;
    if (first == words) return;
    while (word(last) == 0) --last;
    low[line] = std::int32_t(2 * (64 * first + std::countr_zero(word(first))) + of_low);
    high[line] = std::int32_t(2 * (64 * last + 63 - std::countl_zero(word(last))) + of_high);
  };
  for (std::int64_t z = -1; z < mask.nz(); ++z) {
    std::int64_t line = (2 * z + 1) * count - 1;
    for (std::int64_t y = -1; y < mask.ny(); ++y, line += 2) {
      const std::uint64_t *here = mask.row(y, z), *below = mask.row(y + 1, z), *behind = mask.row(y, z + 1);
      put(line, -2, 0, [&](auto w) { return here[w]; });
      put(line + 1, -1, -1, [&](auto w) { return here[w] ^ below[w]; });
      put(line + count, -1, -1, [&](auto w) { return here[w] ^ behind[w]; });
    }
  }
}

}  // namespace

Vertices::Lines::Lines(const BitMask& mask)
    : count((2 * mask.ny() + lanes) / lanes * lanes), planes(2 * mask.nz() + 1), low(count * planes, none),
      high(count * planes, -none), corner(count * planes) {
  find_ends(mask, count, low.data(), high.data());
}

Vertices::Vertices(const BitMask& mask, const std::array<double, 3>& spacing_mm)
    : size_{2 * mask.nx() + 1, 2 * mask.ny() + 1, 2 * mask.nz() + 1}, step_mm_{spacing_mm[0] / 2, spacing_mm[1] / 2,
                                                                          spacing_mm[2] / 2},
      longest_step_mm_(*std::max_element(step_mm_.begin(), step_mm_.end())), along_x_(mask),
      along_y_(mask.transposed()) {
  for (int axis = 0; axis < 3; ++axis) {
    step_[axis] = step_mm_[axis] / longest_step_mm_;
    found_[axis].resize(size_[2 - axis]);
  }
}

Vertices::Plane Vertices::plane(int axis, std::int64_t i) {
  const auto& [x, y, z] = step_mm_;
  if (axis == 0) return {&along_x_, i * along_x_.count, 1, size_[1], y, x, 0};
  if (axis == 1) return {&along_x_, i, along_x_.count, size_[2], z, x, 2};
  return {&along_y_, i, along_y_.count, size_[2], z, y, 0};
}

void Vertices::find_corners(int axis, std::int64_t i) {
  const Plane p = plane(axis, i);
  strips_.clear();
  for (std::int64_t t = 0, line = p.first; t < p.count; ++t, line += p.step)
    if (p.lines->low[line] != none) strips_.push_back({t, p.lines->low[line], p.lines->high[line]});
  convex_hull(strips_, hull_);
  for (const auto& c : hull_) {
    const auto line = p.first + c.t * p.step;
    if (c.u == p.lines->low[line]) p.lines->corner[line] |= std::uint8_t(1 << p.bit);
    if (c.u == p.lines->high[line]) p.lines->corner[line] |= std::uint8_t(2 << p.bit);
  }
  found_[axis][i] = true;
}

bool Vertices::is_corner(const Point& p, bool high) {
  const Point plane{p[2], p[1], p[0]};
  const auto line = p[2] * along_x_.count + p[1], line_y = p[2] * along_y_.count + p[0];
  for (int axis = 0; axis < 3; ++axis) {
    if (!found_[axis][plane[axis]]) find_corners(axis, plane[axis]);
    const bool marked = axis < 2 ? along_x_.corner[line] >> (2 * axis + high) & 1
                                 : (along_y_.low[line_y] == p[1] && along_y_.corner[line_y] & 1) ||
                                       (along_y_.high[line_y] == p[1] && along_y_.corner[line_y] & 2);
    if (!marked) return false;
  }
  return true;
}

Vertices::Reach Vertices::reach(const Lines& lines, int axis, const Point& from) const {
  Reach out{std::vector<float>(lines.planes), std::vector<float>(lines.count, -1)};
  const auto from_plane = [&](int d, std::int64_t n) {
    std::vector<float> squared(n);
    for (std::int64_t i = 0; i < n; ++i) squared[i] = float(std::pow(double(i - from[d]) * step_[d], 2));
    return squared;
  };
  const auto aside = from_plane(1 - axis, lines.count), behind = from_plane(2, lines.planes);
  std::vector<float> here(lines.count);
  reach_of_planes(lines.low.data(), lines.high.data(), lines.count, lines.planes, std::int32_t(from[axis]),
      float(step_[axis]), aside.data(), behind.data(), here.data(), out.within.data(), out.across.data());
  return out;
}

double Vertices::squared(const Point& a, const Point& b) const {
  double sum = 0;
  for (int d = 0; d < 3; ++d) sum += std::pow(double(a[d] - b[d]) * step_[d], 2);
  return sum;
}

Vertices::Point Vertices::farthest(const Reach& reach, const Point& from) const {
  Point best{};
  double most = -1;
  std::int64_t z = 0;
  for (std::int64_t i = 0; i < size_[2]; ++i)
    if (const double d = reach.within[i] + squared({from[0], from[1], i}, from); reach.within[i] >= 0 && d > most) {
      most = d;
      z = i;
    }
  most = -1;
  for (std::int64_t y = 0; y < size_[1]; ++y)
    if (const auto line = z * along_x_.count + y; along_x_.low[line] != none)
      for (const std::int64_t x : {along_x_.low[line], along_x_.high[line]})
        if (const double d = squared({x, y, z}, from); d > most) {
          most = d;
          best = {x, y, z};
        }
  return best;
}

double Vertices::largest_within(int axis, const std::vector<float>& reach) {
  std::vector<std::int64_t> left(reach.size());
  std::iota(left.begin(), left.end(), 0);
  const auto nearer = [&](auto a, auto b) { return reach[a] < reach[b]; };
  std::make_heap(left.begin(), left.end(), nearer);
  double largest = 0;
  for (; !left.empty(); left.pop_back()) {
    const auto i = left.front();
    if (reach[i] < 0 || std::pow(2 * longest_step_mm_, 2) * reach[i] * (1 + slack) < largest) break;
    const Plane p = plane(axis, i);
    find_corners(axis, i);
    largest = squared_diameter(hull_, p.across_mm, p.along_mm, largest);
    std::pop_heap(left.begin(), left.end(), nearer);
  }
  return largest;
}

double Vertices::largest_anywhere(const Reach& of_centre, const Point& centre) {
  // Both ends of a line that is as long as a first one are so far from the middle, when no vertex is farther from it than `radius`.
  const Point a = farthest(of_centre, centre), b = farthest(reach(along_x_, 0, a), a);
  const Point middle{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2};
  const Reach of_middle = reach(along_x_, 0, middle);
  const double longest = std::sqrt(squared(a, b)) * (1 - slack),
               radius = std::sqrt(squared(farthest(of_middle, middle), middle)) * (1 + slack);
  const double needed = std::pow(std::max(longest - radius, 0.0), 2);
  PointCloud points;
  for (std::int64_t z = 0; z < size_[2]; ++z) {
    if (of_middle.within[z] < 0 ||
        (of_middle.within[z] + squared({middle[0], middle[1], z}, middle)) * (1 + slack) < needed)
      continue;
    for (std::int64_t y = 0; y < size_[1]; ++y) {
      const auto line = z * along_x_.count + y;
      for (const bool high : {false, true}) {
        const Point p{high ? along_x_.high[line] : along_x_.low[line], y, z};
        if (along_x_.low[line] == none || squared(p, middle) < needed || !is_corner(p, high)) continue;
        points.add(double(p[0]) * step_mm_[0], double(y) * step_mm_[1], double(z) * step_mm_[2]);
      }
    }
  }
  return points.squared_diameter();
}

std::array<double, 4> Vertices::squared_diameters() {
  const Point centre{size_[0] / 2, size_[1] / 2, size_[2] / 2};
  const Reach x = reach(along_x_, 0, centre), y = reach(along_y_, 1, centre);
  if (*std::max_element(x.within.begin(), x.within.end()) < 0) return {};
  return {largest_within(0, x.within), largest_within(1, x.across), largest_within(2, y.across),
      largest_anywhere(x, centre)};
}

std::vector<Position> Vertices::candidates() {
  for (int axis = 0; axis < 3; ++axis)
    for (std::int64_t i = 0; i < size_[2 - axis]; ++i) find_corners(axis, i);
  std::vector<Position> out;
  for (std::int64_t line = 0; line < along_x_.count * size_[2]; ++line)
    for (const bool high : {false, true}) {
      const Point p{high ? along_x_.high[line] : along_x_.low[line], line % along_x_.count, line / along_x_.count};
      if (along_x_.low[line] == none || (high && p[0] == along_x_.low[line]) || !is_corner(p, high)) continue;
      out.push_back({double(p[0]) * step_mm_[0], double(p[1]) * step_mm_[1], double(p[2]) * step_mm_[2]});
    }
  return out;
}

}  // namespace radloom::shape
