#pragma once
/// Which samples each level of the transform reads and writes along an axis: decided on the host, once, for every backend.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "filters/wavelet/decompose.hpp"

namespace radloom::wavelet {

inline std::int64_t modulo(std::int64_t a, std::int64_t n) { return (a % n + n) % n; }

/// What one level does along one axis. An axis that is not decomposed has one tap of 1, which changes nothing.
struct AxisStep {
  int taps = 1;
  std::int64_t dilation = 1;
  std::int64_t before() const { return (taps - 1 - taps / 2) * dilation; }  ///< how far the filter reaches to the left
  std::int64_t after() const { return taps / 2 * dilation; }                ///< and to the right
};

inline AxisStep axis_step(const Request& r, int axis, int taps, int level) {
  if (!r.axes[axis]) return {};
  return {taps, r.dilated ? std::int64_t(1) << (level - 1) : 1};
}

inline std::int64_t period_of(const Request& r, std::int64_t length) {
  return length + (r.even_period ? length % 2 : 0);
}

/// A stretch of an axis in coordinates that do not wrap: -1 is the last sample of the period before.
struct Stretch {
  std::int64_t first = 0, size = 0;
};

/// What a level reads of its input to give `out`: all of the period, once it would read so much.
inline Stretch reads(const Stretch& out, const AxisStep& step, std::int64_t period) {
  const Stretch in{out.first - step.before(), out.size + step.before() + step.after()};
  return in.size >= period ? Stretch{0, period} : in;
}

/// Samples `size` from `first` on of an axis that repeats after `period`. Where the period is longer than `length`, the samples from
/// there on are the first ones once more.
struct AxisField {
  std::int64_t first = 0, size = 0, length = 0, period = 0;

  /// Where in memory the sample at a position lies.
  std::int64_t at(std::int64_t position) const {
    std::int64_t p = modulo(position, period);
    if (p >= length) p -= length;
    const std::int64_t i = modulo(p - first, period);
    if (i >= size) throw Error(ErrorCode::usage, "the block to decompose lacks voxels that its filter reaches");
    return i;
  }
};

/// What each level gives, from the first to the one asked for; at 0 what the first one reads.
inline std::vector<std::array<Stretch, 3>> stretches(
    const Box& box, const std::array<std::int64_t, 3>& whole, const Request& r, int taps) {
  std::vector<std::array<Stretch, 3>> all(std::size_t(r.level) + 1);
  for (int d = 0; d < 3; ++d) {
    const std::int64_t period = period_of(r, whole[d]);
    all[r.level][d] = {box.first[d], box.size[d]};
    for (int level = r.level; level > 0; --level)
      all[level - 1][d] = reads(all[level][d], axis_step(r, d, taps, level), period);
  }
  return all;
}

}  // namespace radloom::wavelet
