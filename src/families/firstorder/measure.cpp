#include "families/firstorder/measure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/extremes.hpp"
#include "core/sums.hpp"
#include "core/team.hpp"
#include "families/firstorder/moments.hpp"
#include "families/firstorder/order_statistics.hpp"

namespace radloom::firstorder {
namespace {

/// Fills everything but the order statistics. `value(i)` occurs `weight(i)` times, i < n.
template <class Value, class Weight>
void measure_moments(std::int64_t n, const Value& value, const Weight& weight, double shift, Measures& m) {
  measure_moments(
      [&]<class... Term>(const Term&... term) {
        return std::array{pairwise_sum(n, [&](std::int64_t i) { return weight(i) * term(value(i)); })...};
      },
      shift, m);
}

/// The order statistics that percentiles of some values ask for. Values fall into buckets of equal width, which keeps their order, and only
/// buckets that hold a wanted one are looked into.
class OrderStatistics {
 public:
  OrderStatistics(const std::vector<double>& values, double low, double high) {
    const auto n = std::int64_t(values.size());
    for (int i = 0; i < percentiles; ++i) {
      const auto place = percentile_place(n, percentile_fraction(i));
      ranks_[2 * i] = place.lower;
      ranks_[2 * i + 1] = place.upper;
    }
    std::sort(ranks_.begin(), ranks_.end());
    const double scale = double(buckets) / (high - low);
    if (n < 4 * buckets || !(scale > 0 && std::isfinite(scale))) select(values, 0);
    else select_by_bucket(values, low, scale);
  }

  /// The k-th smallest value, from 0.
  double operator()(std::int64_t k) const {
    return values_[std::lower_bound(ranks_.begin(), ranks_.end(), k) - ranks_.begin()];
  }

 private:
  void select_by_bucket(const std::vector<double>& values, double low, double scale) {
    const auto n = std::int64_t(values.size());
    std::vector<std::uint16_t> bucket(values.size());
    std::array<std::int64_t, buckets + 1> first{};  // how many values lie in lower buckets
    for (std::int64_t i = 0; i < n; ++i) {
      bucket[i] = std::uint16_t(std::min((values[i] - low) * scale, double(buckets - 1)));
      ++first[bucket[i] + 1];
    }
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::array<std::vector<double>, 2 * percentiles> found;
    std::array<std::uint8_t, buckets> place{};  // in `found`, from 1
    std::array<int, 2 * percentiles> wanted{};
    std::uint8_t parts = 0;
    for (const std::int64_t k : ranks_) {
      const auto b = int(std::upper_bound(first.begin(), first.end(), k) - first.begin()) - 1;
      if (place[b]) continue;
      found[parts].reserve(std::size_t(first[b + 1] - first[b]));
      wanted[parts] = b;
      place[b] = ++parts;
    }
    for (std::int64_t i = 0; i < n; ++i)
      if (const auto part = place[bucket[i]]) found[part - 1].push_back(values[i]);
    for (int part = 0; part < parts; ++part) select(std::move(found[part]), first[wanted[part]]);
  }

  /// Those that lie among these values, of which the smallest has the rank `first`.
  void select(std::vector<double> some, std::int64_t first) {
    auto rest = some.begin();
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      const std::int64_t k = ranks_[i] - first;
      if (k < 0 || k >= std::int64_t(some.size())) continue;
      if (some.begin() + k >= rest) {
        std::nth_element(rest, some.begin() + k, some.end());
        rest = some.begin() + k + 1;  // what is below lies in its place
      }
      values_[i] = some[std::size_t(k)];
    }
  }

  static constexpr int buckets = 1024;
  std::array<std::int64_t, 2 * percentiles> ranks_{};
  std::array<double, 2 * percentiles> values_{};
};

/// How many of the values inside there are of each from `low` on. Many are counted in four parts, since a count waits for the one before it where both are of one value.
template <class T>
std::vector<std::uint64_t> histogram(
    const T* values, const std::uint8_t* inside, std::int64_t n, T low, std::size_t width) {
  constexpr std::size_t parts = 4;
  const std::size_t apart = n > 8 * std::int64_t(width) ? width + 1 : 0;
  std::vector<std::uint64_t> count((parts - 1) * apart + width + 1);  // the last of each part takes what is not inside
  const auto place = [&](std::int64_t i) { return inside[i] ? std::size_t(std::int64_t(values[i]) - low) : width; };
  std::int64_t i = 0;
  for (; i + std::int64_t(parts) <= n; i += parts)
    for (std::size_t part = 0; part < parts; ++part) ++count[part * apart + place(i + std::int64_t(part))];
  for (; i < n; ++i) ++count[place(i)];
  for (std::size_t part = 1; part < parts && apart; ++part)
    for (std::size_t k = 0; k < width; ++k) count[k] += count[part * apart + k];
  count.resize(width);
  return count;
}

/// Through a histogram of values low .. low + counts - 1.
void measure_histogram(const std::vector<std::uint64_t>& count, std::int64_t low, double shift, Measures& m) {
  std::vector<double> value, weight;
  std::vector<std::uint64_t> upto;  // values up to and including each
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < count.size(); ++i)
    if (count[i]) {
      value.push_back(double(low + std::int64_t(i)));
      weight.push_back(double(count[i]));
      upto.push_back(n += count[i]);
    }
  m.n = double(n);
  m.minimum = value.front();
  m.maximum = value.back();
  measure_percentiles(
      std::int64_t(n),
      [&](std::int64_t k) {
        return value[std::upper_bound(upto.begin(), upto.end(), std::uint64_t(k)) - upto.begin()];
      },
      m);
  measure_moments(
      std::int64_t(value.size()), [&](auto i) { return value[i]; }, [&](auto i) { return weight[i]; }, shift, m);
}

void measure_values(const std::vector<double>& values, double shift, Measures& m) {
  const auto n = std::int64_t(values.size());
  m.n = double(n);
  const auto range = extremes_of(values.data(), n);
  m.minimum = range.least;
  m.maximum = range.largest;
  measure_percentiles(n, OrderStatistics(values, range.least, range.largest), m);
  measure_moments(  // summed in the order of the voxels
      n, [&](auto i) { return values[i]; }, [](auto) { return 1.0; }, shift, m);
}

}  // namespace

Measures measure(const std::vector<std::uint64_t>& count, std::int64_t lowest) {
  Measures m;
  measure_histogram(count, lowest, 0, m);
  return m;
}

Measures measure(const Volume& image, const Volume& mask, double shift) {
  const std::uint8_t* const inside = mask.as<std::uint8_t>().data();
  const auto& g = image.geometry();
  Measures m;
  m.voxel_volume_mm3 = g.spacing_mm[0] * g.spacing_mm[1] * g.spacing_mm[2];
  image.visit([&]<class T>(std::span<const T> v) {
    if constexpr (std::is_integral_v<T>) {
      const auto n = std::int64_t(v.size());
      const auto [low, high] = extremes_of(v.data(), inside, n);
      if (const auto width = std::int64_t(high) - std::int64_t(low) + 1; width <= n + 65536) {
        measure_histogram(histogram(v.data(), inside, n, low, std::size_t(width)), low, shift, m);
        return;
      }
    }
    std::vector<double> values;
    for (std::size_t i = 0; i < v.size(); ++i)
      if (inside[i]) values.push_back(double(v[i]));
    measure_values(values, shift, m);
  });
  return m;
}

}  // namespace radloom::firstorder
