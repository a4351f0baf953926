#pragma once
#include <cmath>
#include <cstdint>

#include "catalogue/indices.hpp"
#include "core/host_device.hpp"
#include "radloom/config.hpp"

namespace radloom::ivh {

/// The percentages the features are named by.
inline constexpr int percentages = 2;
RL_HD constexpr int percentage(int i) { return i == 0 ? 10 : 90; }

/// What the settings say of the scale of intensities.
struct Rule {
  IvhDiscretisation discretisation = IvhDiscretisation::none;
  double bin_width = 1, bins = 1;
  bool has_range = false;
  double low = 0, high = 0;  ///< the range, where there is one
};

/// Throws Error(config_invalid) for a range whose upper end is not above the lower.
Rule rule_of(const Settings& settings);

/// Intensities on the scale of the histogram: ascending with the intensity, so that order statistics may be taken before or after.
class Scale {
 public:
  /// `least` and `most` are the region's lowest and highest intensity; `whole`: all of its intensities are whole numbers.
  RL_HD Scale(const Rule& rule, double least, double most, bool whole)
      : discretisation_(rule.discretisation), bin_width_(rule.bin_width), bins_(rule.bins), least_(least),
        width_(most - least), low_(rule.has_range ? rule.low : least), high_(rule.has_range ? rule.high : most) {
    switch (discretisation_) {
      case IvhDiscretisation::none: step_ = whole ? 1 : 0; break;
      case IvhDiscretisation::fixed_bin_size: step_ = bin_width_; break;
      case IvhDiscretisation::fixed_bin_number:
        low_ = 1;
        high_ = bins_;
        step_ = 1;
        break;
    }
  }

  RL_HD double operator()(double v) const {
    switch (discretisation_) {
      case IvhDiscretisation::none: break;
      case IvhDiscretisation::fixed_bin_size:
        return low_ + (floor((v - low_) / bin_width_) + 0.5) * bin_width_;  // the bin's centre
      case IvhDiscretisation::fixed_bin_number: {
        if (!(width_ > 0)) return 1;
        const double bin = floor(bins_ * (v - least_) / width_) + 1;
        return bin < bins_ ? bin : bins_;
      }
    }
    return v;
  }

  /// Whether a value of the scale is `percent` of the way from the lower to the upper end. Compared times 100, so that no rounding decides
  /// where the intensities are whole.
  RL_HD bool reaches(double value, int percent) const { return 100 * (value - low_) >= percent * (high_ - low_); }
  RL_HD bool has_width() const { return high_ > low_; }
  /// The distance of its values; 0: they are where the intensities are.
  RL_HD double step() const { return step_; }

 private:
  IvhDiscretisation discretisation_;
  double bin_width_, bins_, least_, width_, low_, high_, step_ = 0;
};

/// Whether an intensity is a whole number.
RL_HD inline bool is_whole(double v) { return v == floor(v); }

/// At most `percent` of n voxels reach a value that is above the one of this rank, from 0 in ascending order; of those at and below it
/// more do.
RL_HD inline std::int64_t rank_below(std::int64_t n, int percent) { return n - 1 - n * percent / 100; }

/// What the features are made of; values of the scale.
struct Measures {
  double n = 0;                 ///< voxels
  double most = 0;              ///< the largest value
  double reached[percentages];  ///< voxels that reach a percentage of the range
  double below[percentages];    ///< the value of rank `rank_below`
  double next[percentages];     ///< the smallest above it, where there is one
};

/// All features of the family (IBSI 3.5) into `out[feature::ivh::...]`.
template <class Out>
RL_HD void compute(const Measures& m, const Scale& scale, const Out& out) {
  namespace f = feature::ivh;
  double volume[percentages], intensity[percentages];
  for (int i = 0; i < percentages; ++i) {
    volume[i] = scale.has_width() ? m.reached[i] / m.n : NAN;
    // The next step above is the smallest intensity that no more voxels reach.
    intensity[i] = !(m.most > m.below[i]) ? NAN : scale.step() > 0 ? m.below[i] + scale.step() : m.next[i];
  }
  out[f::volume_at_10] = volume[0];
  out[f::volume_at_90] = volume[1];
  out[f::volume_difference] = volume[0] - volume[1];
  out[f::intensity_at_10] = intensity[0];
  out[f::intensity_at_90] = intensity[1];
  out[f::intensity_difference] = intensity[0] - intensity[1];
}

}  // namespace radloom::ivh
