#include "preprocess/resegment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/sums.hpp"

namespace radloom {
namespace {

/// Mean and standard deviation (over N) of the voxels inside.
template <class T>
std::pair<double, double> mean_and_deviation(std::span<const T> v, const std::uint8_t* mask) {
  const auto n = std::int64_t(v.size());
  const double voxels = pairwise_sum(n, [&](auto i) { return double(mask[i] != 0); });
  const double mean = pairwise_sum(n, [&](auto i) { return mask[i] ? double(v[i]) : 0.0; }) / voxels;
  const double variance =
      pairwise_sum(n, [&](auto i) { return mask[i] ? (double(v[i]) - mean) * (double(v[i]) - mean) : 0.0; }) / voxels;
  return {mean, std::sqrt(variance)};
}

/// [lower, upper] in intensities.
template <class T>
std::pair<double, double> bounds(std::span<const T> v, const std::uint8_t* mask, const Settings& s) {
  auto range = s.resegment_range;
  std::sort(range.begin(), range.end());
  const auto n = std::int64_t(v.size());
  if (s.resegment_mode == ResegmentMode::relative) {
    double maximum = -std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < n; ++i)
      if (mask[i]) maximum = std::max(maximum, double(v[i]));
    for (auto& r : range) r *= maximum;
  } else if (s.resegment_mode == ResegmentMode::sigma) {
    const auto [mean, deviation] = mean_and_deviation(v, mask);
    for (auto& r : range) r = mean + deviation * r;
  }
  return {range.front(), range.size() > 1 ? range.back() : std::numeric_limits<double>::infinity()};
}

/// The voxels of `mask` that lie between what `bounds_of` makes of the image's voxels.
template <class Bounds>
Volume kept(const Volume& image, const Volume& mask, const Bounds& bounds_of) {
  const auto inside = mask.as<std::uint8_t>();
  std::vector<std::uint8_t> out(inside.size());
  image.visit([&](auto v) {
    const auto [low, high] = bounds_of(v, inside.data());
    for (std::size_t i = 0; i < v.size(); ++i) out[i] = inside[i] && double(v[i]) >= low && double(v[i]) <= high;
  });
  return Volume::from<std::uint8_t>(mask.geometry(), std::move(out));
}

}  // namespace

Volume resegment(const Volume& image, const Volume& mask, const Settings& settings) {
  return kept(image, mask, [&](auto v, const std::uint8_t* inside) { return bounds(v, inside, settings); });
}

Volume without_outliers(const Volume& image, const Volume& mask, double sigmas) {
  return kept(image, mask, [&](auto v, const std::uint8_t* inside) {
    const auto [mean, deviation] = mean_and_deviation(v, inside);
    return std::pair(mean - sigmas * deviation, mean + sigmas * deviation);
  });
}

void check_finite(const Volume& image, const Volume& mask) {
  const auto inside = mask.as<std::uint8_t>();
  image.visit([&]<class T>(std::span<const T> v) {
    if constexpr (std::is_floating_point_v<T>) {
      std::int64_t bad = 0;
      for (std::size_t i = 0; i < v.size(); ++i) bad += inside[i] && !std::isfinite(v[i]);
      if (bad)
        throw Error(ErrorCode::non_finite,
            fmt::format("{} {} of the region {} NaN or infinite; repair the image, or leave them out of the mask", bad,
                bad == 1 ? "voxel" : "voxels", bad == 1 ? "is" : "are"));
    }
  });
}

}  // namespace radloom
