#include "preprocess/gray_levels.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace radloom {
namespace {

/// a mod b with the sign of b, as numpy has it.
double remainder_like_numpy(double a, double b) {
  double r = std::fmod(a, b);
  if (r != 0 && (b < 0) != (r < 0)) r += b;
  return r;
}

[[noreturn]] void refuse(double minimum, double maximum, double levels, const Settings& s) {
  const double wanted = (maximum - minimum) / 64;
  const double magnitude = std::pow(10, std::floor(std::log10(wanted)));
  const double nice = std::ceil(wanted / magnitude) * magnitude;
  throw Error(ErrorCode::too_many_gray_levels,
      s.bin_count
          ? fmt::format("bin_count {} is more than the {} gray levels allowed; lower it, or raise maximum_gray_levels",
                *s.bin_count, s.maximum_gray_levels)
          : fmt::format(
                "bin width {} makes {:.0f} gray levels of the intensities {:g} to {:g} (at most {}); a width of {:g} makes about 64",
                s.bin_width, levels, minimum, maximum, s.maximum_gray_levels, nice));
}

}  // namespace

GrayLevels::GrayLevels(double minimum, double maximum, const Settings& settings, Convention convention, bool single)
    : count_(settings.bin_count.value_or(0)), width_(settings.bin_width), lowest_(minimum), range_(maximum - minimum),
      numpy_(convention == Convention::pyradiomics), single_(single) {
  if (numpy_ && !count_) lowest_ = minimum - remainder_like_numpy(minimum, width_);
  if (!numpy_ && !count_ && settings.resegment_mode == ResegmentMode::absolute && !settings.resegment_range.empty())
    lowest_ = *std::min_element(settings.resegment_range.begin(), settings.resegment_range.end());
  const double levels = count_ ? double(count_) : std::floor((maximum - lowest_) / width_) + 1;
  if (!(levels <= double(settings.maximum_gray_levels))) refuse(minimum, maximum, levels, settings);
  if (!numpy_) return;
  if (count_) {
    lowest_ = minimum == maximum ? minimum - 0.5 : minimum;
    high_ = minimum == maximum ? maximum + 0.5 : maximum;
    step_ = (high_ - lowest_) / double(count_);
    edges_ = count_ + 1;
  } else {
    edges_ = std::int64_t(std::ceil((maximum + 2 * width_ - lowest_) / width_));
    step_ = (lowest_ + width_) - lowest_;
  }
}

}  // namespace radloom
