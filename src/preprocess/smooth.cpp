#include "preprocess/smooth.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.hpp"

namespace radloom {
namespace {

std::vector<double> gaussian(double sigma) {
  const std::int64_t reach = smoothing_reach(sigma);
  std::vector<double> weight;
  double sum = 0;
  for (std::int64_t k = -reach; k <= reach; ++k) {
    weight.push_back(std::exp(-0.5 * double(k * k) / (sigma * sigma)));
    sum += weight.back();
  }
  for (auto& w : weight) w /= sum;
  return weight;
}

}  // namespace

std::int64_t smoothing_reach(double sigma_voxels) { return std::int64_t(std::ceil(4 * sigma_voxels)); }

Volume smooth(const Volume& image, const std::array<double, 3>& sigma_voxels) {
  const auto& n = image.geometry().size;
  const auto in = image.as<double>();
  std::vector<double> from(in.begin(), in.end());
  for (int d = 0; d < 3; ++d) {
    if (sigma_voxels[d] == 0 || n[d] == 1) continue;
    const auto weight = gaussian(sigma_voxels[d]);
    const auto reach = std::int64_t(weight.size() / 2);
    const std::int64_t stride = d == 0 ? 1 : d == 1 ? n[0] : n[0] * n[1];
    const std::int64_t length = n[d], lines = image.geometry().voxels() / length;
    std::vector<double> to(from.size());
    for_pieces(lines, pieces_for(lines, image.geometry().voxels()), [&](auto, std::int64_t first, std::int64_t last) {
      for (std::int64_t line = first; line < last; ++line) {
        const std::int64_t start = line / stride * stride * length + line % stride;
        for (std::int64_t k = 0; k < length; ++k) {
          double sum = 0;
          for (std::int64_t j = -reach; j <= reach; ++j)
            sum += weight[j + reach] * from[start + std::clamp<std::int64_t>(k + j, 0, length - 1) * stride];
          to[start + k * stride] = sum;
        }
      }
    });
    from.swap(to);
  }
  return Volume::from<double>(image.geometry(), std::move(from));
}

}  // namespace radloom
