#include "preprocess/discretise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace radloom {
namespace {

/// a mod b with the sign of b, as numpy has it.
double remainder_like_numpy(double a, double b) {
  double r = std::fmod(a, b);
  if (r != 0 && (b < 0) != (r < 0)) r += b;
  return r;
}

/// Maps an intensity to its gray level. Monotonous, so a table over the integers of a region gives the same.
class Levels {
 public:
  Levels(double minimum, double maximum, const Settings& s, Convention convention, bool single)
      : count_(s.bin_count.value_or(0)), width_(s.bin_width), lowest_(minimum), range_(maximum - minimum),
        numpy_(convention == Convention::pyradiomics) {
    if (numpy_) {
      lowest_ = minimum - remainder_like_numpy(minimum, width_);
    } else if (!count_ && s.resegment_mode == ResegmentMode::absolute && !s.resegment_range.empty()) {
      lowest_ = *std::min_element(s.resegment_range.begin(), s.resegment_range.end());
    }
    highest_ = count_ ? count_ : std::floor((maximum - lowest_) / width_) + 1;
    if (!(highest_ <= double(s.maximum_gray_levels))) refuse(minimum, maximum, s);
    if (numpy_) edges_ = bin_edges(minimum, maximum, s, single);
  }

  std::int64_t operator()(double v) const {
    if (numpy_) {
      // A guess, then the edges as they are: rounding must not decide.
      const double guess =
          count_ ? (range_ > 0 ? (v - lowest_of_count()) / range_ * count_ : 0.5 * count_) : (v - lowest_) / width_;
      auto i = std::clamp<std::int64_t>(std::int64_t(guess), 0, std::int64_t(edges_.size()) - 1);
      while (i + 1 < std::int64_t(edges_.size()) && edges_[i + 1] <= v) ++i;
      while (i >= 0 && edges_[i] > v) --i;
      return i + 1;
    }
    if (!count_) return std::int64_t(std::floor((v - lowest_) / width_)) + 1;
    return range_ > 0 ? std::min<std::int64_t>(count_, std::int64_t(std::floor(count_ * (v - lowest_) / range_)) + 1)
                      : 1;
  }

 private:
  double lowest_of_count() const { return edges_.front(); }
  [[noreturn]] void refuse(double minimum, double maximum, const Settings& s) const {
    const double wanted = (maximum - minimum) / 64;
    const double magnitude = std::pow(10, std::floor(std::log10(wanted)));
    const double nice = std::ceil(wanted / magnitude) * magnitude;
    throw Error(ErrorCode::too_many_gray_levels,
        count_
            ? fmt::format(
                  "bin_count {} is more than the {} gray levels allowed; lower it, or raise maximum_gray_levels",
                  count_, s.maximum_gray_levels)
            : fmt::format(
                  "bin width {} makes {:.0f} gray levels of the intensities {:g} to {:g} (at most {}); a width of {:g} makes about 64",
                  width_, highest_, minimum, maximum, s.maximum_gray_levels, nice));
  }

  std::int64_t count_;
  double width_, lowest_, range_, highest_ = 0;
  bool numpy_;
  std::vector<double> edges_;
};

template <class T>
struct Range {
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
  bool any = false;
};

template <class T>
Range<T> range_inside(std::span<const T> v, const std::uint8_t* mask) {
  Range<T> r;
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (!mask[i]) continue;
    r.low = std::min(r.low, v[i]);
    r.high = std::max(r.high, v[i]);
    r.any = true;
  }
  return r;
}

/// Fills the grid through `level`, a function of the intensity, and counts the voxels of each level.
template <class Cell, class T, class Level>
LevelGrid<Cell> fill(const Volume& image, std::span<const T> v, const std::uint8_t* mask, int pad, const Level& level,
    std::vector<std::uint64_t>& histogram) {
  const auto& size = image.geometry().size;
  LevelGrid<Cell> grid(size, pad);
  std::int64_t i = 0;
  for (std::int64_t z = 0; z < size[2]; ++z)
    for (std::int64_t y = 0; y < size[1]; ++y) {
      Cell* const row = grid.row(y, z);
      std::int64_t first = size[0], last = 0;
      for (std::int64_t x = 0; x < size[0]; ++x, ++i) {
        if (!mask[i]) continue;
        const auto g = level(v[i]);
        row[x] = Cell(g);
        ++histogram[g];
        first = std::min(first, x);
        last = x + 1;
      }
      if (first < last) grid.extent(y, z) = {std::int32_t(first), std::int32_t(last)};
    }
  return grid;
}

template <class T>
Discretised discretise_as(
    const Volume& image, std::span<const T> v, const std::uint8_t* mask, const Settings& s, Convention convention) {
  const auto range = range_inside(v, mask);
  if (!range.any) throw Error(ErrorCode::empty_mask, "the region holds no voxel to discretise");
  const Levels levels(double(range.low), double(range.high), s, convention, std::is_same_v<T, float>);
  const int pad = *std::max_element(s.distances.begin(), s.distances.end());
  const auto highest = levels(double(range.high));

  Discretised out;
  out.highest = std::int32_t(highest);
  std::vector<std::uint64_t> histogram(highest + 1);
  const auto with = [&](const auto& level) {
    if (highest <= 255) out.grid = fill<std::uint8_t>(image, v, mask, pad, level, histogram);
    else out.grid = fill<std::uint16_t>(image, v, mask, pad, level, histogram);
  };
  if constexpr (std::is_integral_v<T>) {
    const auto width = std::int64_t(range.high) - std::int64_t(range.low) + 1;
    if (width <= std::int64_t(v.size()) + 4096) {  // a table of the integers of the region
      std::vector<std::uint16_t> table(width);
      for (std::int64_t k = 0; k < width; ++k) table[k] = std::uint16_t(levels(double(std::int64_t(range.low) + k)));
      with([&, low = std::int64_t(range.low)](T value) { return table[std::int64_t(value) - low]; });
    } else {
      with([&](T value) { return levels(double(value)); });
    }
  } else {
    with([&](T value) { return levels(double(value)); });
  }
  for (std::int64_t g = 1; g <= highest; ++g)
    if (histogram[g]) {
      out.gray_levels.push_back(std::int32_t(g));
      out.voxels.push_back(histogram[g]);
    }
  return out;
}

}  // namespace

std::vector<double> bin_edges(double minimum, double maximum, const Settings& settings, bool single) {
  std::vector<double> edges;
  if (settings.bin_count) {
    const int n = *settings.bin_count;
    const double low = minimum == maximum ? minimum - 0.5 : minimum,
                 high = minimum == maximum ? maximum + 0.5 : maximum;
    const double step = (high - low) / n;
    for (int i = 0; i < n; ++i) edges.push_back(i * step + low);
    edges.push_back(high);
    if (single)
      for (double& e : edges) e = float(e);
    edges.back() = single ? float(edges.back()) + 1.0f : edges.back() + 1;
    return edges;
  }
  const double width = settings.bin_width;
  const double low = minimum - remainder_like_numpy(minimum, width), high = maximum + 2 * width;
  const auto n = std::int64_t(std::ceil((high - low) / width));
  const double delta = (low + width) - low;  // numpy fills an arange with multiples of its first difference
  for (std::int64_t i = 0; i < n; ++i) edges.push_back(low + double(i) * delta);
  return edges;
}

Discretised discretise(const Volume& image, const Volume& mask, const Settings& settings, Convention convention) {
  const std::uint8_t* const inside = mask.as<std::uint8_t>().data();
  return image.visit([&](auto voxels) { return discretise_as(image, voxels, inside, settings, convention); });
}

}  // namespace radloom
