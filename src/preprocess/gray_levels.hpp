#pragma once
#include <cmath>
#include <cstdint>

#include "core/host_device.hpp"
#include "radloom/config.hpp"

namespace radloom {

/// Maps an intensity to its gray level, on host and device alike. Monotonous, so a table over the integers of a region gives the same.
///
/// In the `pyradiomics` convention the bins are numpy's, `arange` on multiples of the width or the edges of `histogram` with the last raised
/// by 1, rounded as numpy rounds them: a level is the number of edges that are not above the intensity. In `ibsi` by the manual's
/// 2.7: floor((v - lowest) / width) + 1 from the re-segmentation bound or else the minimum, or floor(count (v - minimum) / (maximum -
/// minimum)) + 1 with the maximum in the last bin.
class GrayLevels {
 public:
  /// For a region whose intensities run from `minimum` to `maximum`. `single`: numpy keeps the edges of a number of bins in the
  /// image's own single precision. Throws Error(too_many_gray_levels).
  GrayLevels(double minimum, double maximum, const Settings& settings, Convention convention, bool single);
  /// Gives every intensity level 1.
  static GrayLevels one() {
    GrayLevels g;
    g.count_ = 1;
    return g;
  }

  RL_HD std::int64_t operator()(double v) const {
    if (!numpy_) {
      if (!count_) return std::int64_t(floor((v - lowest_) / width_)) + 1;
      if (!(range_ > 0)) return 1;
      const auto level = std::int64_t(floor(double(count_) * (v - lowest_) / range_)) + 1;
      return level < count_ ? level : count_;
    }
    // A guess, then the edges as they are: rounding must not decide.
    const double guess =
        count_ ? (range_ > 0 ? (v - edge(0)) / range_ * double(count_) : 0.5 * double(count_)) : (v - lowest_) / width_;
    auto i = std::int64_t(guess);
    i = i < 0 ? 0 : i < edges_ ? i : edges_ - 1;
    while (i + 1 < edges_ && edge(i + 1) <= v) ++i;
    while (i >= 0 && edge(i) > v) --i;
    return i + 1;
  }

  /// Edge `i` of numpy's bins, i < edges(); there are none in the convention `ibsi`.
  RL_HD double edge(std::int64_t i) const {
    // numpy fills an arange with multiples of its first difference.
    if (!count_) return lowest_ + double(i) * step_;
    const double e = i < count_ ? double(i) * step_ + lowest_ : high_;
    if (single_) return i < count_ ? double(float(e)) : double(float(e) + 1.0f);
    return i < count_ ? e : e + 1;
  }
  RL_HD std::int64_t edges() const { return edges_; }

 private:
  GrayLevels() = default;
  std::int64_t count_ = 0;  ///< binCount, 0 without one
  std::int64_t edges_ = 0;
  double width_ = 1, lowest_ = 0, high_ = 0, range_ = 0, step_ = 1;
  bool numpy_ = false, single_ = false;
};

}  // namespace radloom
