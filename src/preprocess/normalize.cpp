#include "preprocess/normalize.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/sums.hpp"
#include "preprocess/crop.hpp"

namespace radloom {

Volume normalize(const Volume& image, const Box& box, double scale, std::optional<double> clip_sigmas) {
  return image.visit([&]<class T>(std::span<const T> v) {
    const auto n = std::int64_t(v.size());
    double mean = 0, variance = 0;
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {  // exact: 2^32 times 2^31 voxels
      std::int64_t sum = 0, squares = 0;
      for (const T x : v) {
        sum += x;
        squares += std::int64_t(x) * x;
      }
      // In ITK's order of operations: intensities of an integer image stay on a lattice, whose points can be bin edges.
      mean = double(sum) / double(n);
      variance = (double(squares) - double(sum) * double(sum) / double(n)) / double(n - 1);
    } else {
      mean = pairwise_sum(n, [&](auto i) { return double(v[i]); }) / double(n);
      variance = pairwise_sum(n, [&](auto i) { return (double(v[i]) - mean) * (double(v[i]) - mean); }) / double(n - 1);
    }
    if (!std::isfinite(mean) || !std::isfinite(variance))
      throw Error(
          ErrorCode::non_finite, "normalize needs finite intensities everywhere, and the image holds NaN or infinity");
    const double factor = variance > 0 ? 1 / std::sqrt(variance) : 0;
    const Volume block = crop(image, box);
    const auto in = block.as<T>();
    std::vector<double> out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      double x = (double(in[i]) + -mean) * factor;
      if (clip_sigmas) x = std::clamp(x, -*clip_sigmas, *clip_sigmas);
      out[i] = x * scale;
    }
    return Volume::from<double>(block.geometry(), std::move(out));
  });
}

}  // namespace radloom
