#include "families/ivh/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "catalogue/indices.hpp"

namespace radloom::ivh {
namespace {

/// Intensities on the scale of the histogram, what is fractions 0 and 1 there, and the distance of its steps; 0: where the values are.
struct Scale {
  std::vector<double> values;
  double low, high, step;
};

Scale scale_of(std::vector<double> values, const Settings& s) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  Scale out{{}, *least, *most, 0};
  if (s.ivh_range.size() == 2) {
    out.low = s.ivh_range[0];
    out.high = s.ivh_range[1];
    if (!(out.high > out.low))
      throw Error(ErrorCode::config_invalid,
          fmt::format("ivh_range [{:g}, {:g}] has no width; give the lower end, then the upper", out.low, out.high));
  } else if (s.resegment_mode == ResegmentMode::absolute && s.resegment_range.size() == 2) {
    out.low = std::min(s.resegment_range[0], s.resegment_range[1]);
    out.high = std::max(s.resegment_range[0], s.resegment_range[1]);
  }
  switch (s.ivh_discretisation) {
    case IvhDiscretisation::none: {
      const auto whole = [](double v) { return v == std::floor(v); };
      out.step = std::all_of(values.begin(), values.end(), whole) ? 1 : 0;
      break;
    }
    case IvhDiscretisation::fixed_bin_size:
      for (auto& v : values)
        v = out.low + (std::floor((v - out.low) / s.ivh_bin_width) + 0.5) * s.ivh_bin_width;  // the bin's centre
      out.step = s.ivh_bin_width;
      break;
    case IvhDiscretisation::fixed_bin_number: {
      const double low = *least, width = *most - low, bins = s.ivh_bin_count;
      for (auto& v : values) v = width > 0 ? std::min(std::floor(bins * (v - low) / width) + 1, bins) : 1;
      out.low = 1;
      out.high = bins;
      out.step = 1;
      break;
    }
  }
  out.values = std::move(values);
  return out;
}

}  // namespace

std::vector<double> compute(const Volume& image, const Volume& mask, const Settings& settings) {
  namespace f = feature::ivh;
  std::vector<double> out(f::count, NAN), values;
  const auto inside = mask.as<std::uint8_t>();
  image.visit([&](auto v) {
    for (std::size_t i = 0; i < v.size(); ++i)
      if (inside[i]) values.push_back(double(v[i]));
  });
  auto scale = scale_of(std::move(values), settings);
  auto& v = scale.values;
  const auto n = std::int64_t(v.size());

  // x % of the way from low to high: compared times 100, so that no rounding decides where the intensities are whole.
  const auto volume_at = [&](double x) {
    const auto reached = std::count_if(
        v.begin(), v.end(), [&](double i) { return 100 * (i - scale.low) >= x * (scale.high - scale.low); });
    return scale.high > scale.low ? double(reached) / double(n) : NAN;
  };
  out[f::volume_at_10] = volume_at(10);
  out[f::volume_at_90] = volume_at(90);
  out[f::volume_difference] = out[f::volume_at_10] - out[f::volume_at_90];

  // At most x % of the voxels reach i where i is above the (x n / 100)-th largest of them: the next step is the smallest such i.
  const double most = *std::max_element(v.begin(), v.end());
  const auto intensity_at = [&](std::int64_t x) {
    const auto at = v.begin() + n * x / 100;
    std::nth_element(v.begin(), at, v.end(), std::greater<>());
    const double below = *at;
    if (!(most > below)) return double(NAN);
    if (scale.step > 0) return below + scale.step;
    double next = most;
    for (const double i : v)
      if (i > below) next = std::min(next, i);
    return next;
  };
  out[f::intensity_at_10] = intensity_at(10);
  out[f::intensity_at_90] = intensity_at(90);
  out[f::intensity_difference] = out[f::intensity_at_10] - out[f::intensity_at_90];
  return out;
}

}  // namespace radloom::ivh
