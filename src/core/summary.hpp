#pragma once
// What is said of all voxels of an image: their mean and extremes. Of whole numbers of up to 16 bits it is exact, in whatever pieces they come.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>

#include "radloom/volume.hpp"

namespace radloom {

/// Of no voxels: NaN between two infinities.
struct Summary {
  double mean = 0, minimum = std::numeric_limits<double>::infinity(),
         maximum = -std::numeric_limits<double>::infinity();
};

template <class T>
constexpr bool sums_exactly = std::is_integral_v<T> && sizeof(T) <= 2;

/// Sum, number and extremes of whole numbers of up to 16 bits.
template <class T>
struct ExactSums {
  static_assert(sums_exactly<T>);
  std::int64_t sum = 0, voxels = 0;
  T least = std::numeric_limits<T>::max(), largest = std::numeric_limits<T>::lowest();

  /// `n` values, which need not lie where a T may.
  void add(const std::byte* values, std::int64_t n) {
    constexpr std::int64_t at_once = 1 << 14;  // their sum fits 32 bits
    for (std::int64_t first = 0; first < n; first += at_once) {
      const std::int64_t count = std::min(at_once, n - first);
      const std::byte* const from = values + first * std::int64_t(sizeof(T));
      std::int32_t part = 0;
      T low = least, high = largest;
      for (std::int64_t i = 0; i < count; ++i) {
        T v;
        std::memcpy(&v, from + i * std::int64_t(sizeof(T)), sizeof(T));
        part += v;
        low = std::min(low, v);
        high = std::max(high, v);
      }
      sum += part;
      least = low;
      largest = high;
    }
    voxels += n;
  }
  void add(const ExactSums& other) {
    sum += other.sum;
    voxels += other.voxels;
    least = std::min(least, other.least);
    largest = std::max(largest, other.largest);
  }
  Summary summary() const { return {double(sum) / double(voxels), double(least), double(largest)}; }
};

/// Of voxels in the machine's byte order that come a few bytes at a time.
class RunningSummary {
 public:
  /// None of a type whose sum is not exact: it would depend on the pieces.
  static std::optional<RunningSummary> of(ScalarType type) {
    switch (type) {
      case ScalarType::int8: return RunningSummary(ExactSums<std::int8_t>());
      case ScalarType::uint8: return RunningSummary(ExactSums<std::uint8_t>());
      case ScalarType::int16: return RunningSummary(ExactSums<std::int16_t>());
      case ScalarType::uint16: return RunningSummary(ExactSums<std::uint16_t>());
      default: return std::nullopt;
    }
  }

  void add(std::span<const std::byte> bytes) {
    std::visit(
        [&]<class T>(ExactSums<T>& sums) {
          if (left_over_ && !bytes.empty()) {
            const std::array<std::byte, 2> value{*left_over_, bytes.front()};
            sums.add(value.data(), 1);
            left_over_.reset();
            bytes = bytes.subspan(1);
          }
          sums.add(bytes.data(), std::int64_t(bytes.size() / sizeof(T)));
          if (bytes.size() % sizeof(T) != 0) left_over_ = bytes.back();
        },
        sums_);
  }
  void restart() {
    std::visit([]<class T>(ExactSums<T>& sums) { sums = {}; }, sums_);
    left_over_.reset();
  }
  Summary summary() const {
    return std::visit([](const auto& sums) { return sums.summary(); }, sums_);
  }

 private:
  using Sums =
      std::variant<ExactSums<std::int8_t>, ExactSums<std::uint8_t>, ExactSums<std::int16_t>, ExactSums<std::uint16_t>>;
  explicit RunningSummary(Sums sums) : sums_(sums) {}

  Sums sums_;
  std::optional<std::byte> left_over_;  ///< the first byte of a voxel whose second has not come
};

}  // namespace radloom
