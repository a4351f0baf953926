#include "filters/lbp2d/lbp2d.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "filters/common/field.hpp"

namespace radloom::lbp2d {
namespace {

constexpr int most_samples = 63;

/// The axes of a slice: rows go along the first, columns along the second.
std::array<int, 2> slice_axes(const Settings& s) {
  constexpr std::array<int, 2> axes[] = {
      {1, 0}, {2, 0}, {1, 2}};  // across z, y and x, as numpy's swapaxes turns the image
  return axes[s.force_2d_dimension];
}

/// Rounded to five decimals, half to even, as numpy does.
double five_decimals(double v) { return std::nearbyint(v * 1e5) / 1e5; }

/// Which of the four neighbours of a sample, and how much of each.
struct Sample {
  std::array<std::int64_t, 2> low, high;
  std::array<double, 2> part;
};

enum class Method { number, least_rotation, uniform, variance };

Method method_of(const std::string& name) {
  if (name == "default") return Method::number;
  if (name == "ror") return Method::least_rotation;
  return name == "var" ? Method::variance : Method::uniform;
}

std::uint64_t least_rotation(std::uint64_t bits, int samples) {
  std::uint64_t least = bits;
  for (int i = 1; i < samples; ++i) {
    bits = bits >> 1 | (bits & 1) << (samples - 1);
    least = std::min(least, bits);
  }
  return least;
}

/// As C converts where the value fits; numpy keeps the lowest bits of what does not.
template <class S>
S converted(double v) {
  if constexpr (std::is_floating_point_v<S>) return S(v);
  else return std::isnan(v) ? S(0) : S(std::int64_t(v));
}

}  // namespace

Box needed_by(const filters::Request& request, const Box& box, const filters::Grid& whole) {
  std::array<std::int64_t, 3> margin{};
  const auto reach = std::min(std::ceil(request.settings.lbp2d_radius) + 1, 1e9);
  for (const int axis : slice_axes(request.settings)) margin[std::size_t(axis)] = std::int64_t(reach);
  return filters::widened(box, margin, whole.size);
}

std::vector<Volume> derive(
    const filters::Request& request, const filters::Block& image, const Box& box, const std::stop_token&) {
  const Settings& s = request.settings;
  const auto axes = slice_axes(s);
  const int samples = s.lbp2d_samples;
  const Method method = method_of(s.lbp2d_method);
  if (samples < 1 || samples > most_samples) throw Error(ErrorCode::usage, "a pattern has 1 to 63 samples");
  std::array<std::array<double, 2>, most_samples> circle;
  for (int p = 0; p < samples; ++p) {
    const double angle = 2 * M_PI * p / samples;
    circle[p] = {five_decimals(-s.lbp2d_radius * std::sin(angle)), five_decimals(s.lbp2d_radius * std::cos(angle))};
  }
  const auto& size = image.voxels.geometry().size;
  const std::array<std::int64_t, 3> stride{1, size[0], size[0] * size[1]};
  return image.voxels.visit([&]<class S>(std::span<const S> voxels) {
    return std::vector<Volume>{
        filters::each_voxel<S>(image, box, [&](std::int64_t at, std::int64_t x, std::int64_t y, std::int64_t z) -> S {
          const std::array<std::int64_t, 3> place{x, y, z};
          const std::int64_t row = place[axes[0]], column = place[axes[1]];
          const auto value = [&](std::int64_t r, std::int64_t c) {
            if (r < 0 || c < 0 || r >= image.whole[axes[0]] || c >= image.whole[axes[1]]) return 0.0;
            return double(voxels[at + (r - row) * stride[axes[0]] + (c - column) * stride[axes[1]]]);
          };
          const double middle = double(voxels[at]);
          std::uint64_t bits = 0;
          double sum = 0, squares = 0;
          for (int p = 0; p < samples; ++p) {
            const double r = double(row) + circle[p][0], c = double(column) + circle[p][1];
            const auto low_r = std::int64_t(std::floor(r)), low_c = std::int64_t(std::floor(c));
            const auto high_r = std::int64_t(std::ceil(r)), high_c = std::int64_t(std::ceil(c));
            const double dr = r - double(low_r), dc = c - double(low_c);
            const double top = (1 - dc) * value(low_r, low_c) + dc * value(low_r, high_c);
            const double bottom = (1 - dc) * value(high_r, low_c) + dc * value(high_r, high_c);
            const double sample = (1 - dr) * top + dr * bottom;
            if (sample - middle >= 0) bits |= std::uint64_t(1) << p;
            sum += sample;
            squares += sample * sample;
          }
          if (method == Method::number) return converted<S>(double(bits));
          if (method == Method::least_rotation) return converted<S>(double(least_rotation(bits, samples)));
          if (method == Method::variance) {
            const double variance = (squares - sum * sum / samples) / samples;
            return converted<S>(variance != 0 ? variance : std::numeric_limits<double>::quiet_NaN());
          }
          int changes = 0, set = int(bits & 1);
          for (int p = 1; p < samples; ++p) {
            changes += (bits >> p & 1) != (bits >> (p - 1) & 1);
            set += int(bits >> p & 1);
          }
          return converted<S>(changes <= 2 ? set : samples + 1);
        })};
  });
}

}  // namespace radloom::lbp2d
