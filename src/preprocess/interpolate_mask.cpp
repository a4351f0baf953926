#include "preprocess/interpolate_mask.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "preprocess/resample.hpp"
#include "preprocess/round.hpp"

namespace radloom {

std::int64_t mask_reach(Interpolator interpolator) {
  switch (interpolator) {
    case Interpolator::nearest:
    case Interpolator::linear: return 2;
    case Interpolator::bspline: return 24;  // coefficients fade by 0.27 a voxel
    default: return 8;
  }
}

MaskPart interpolate_mask(const MaskPart& part, const Geometry& image, const Geometry& grid, Interpolator interpolator,
    double threshold) {
  // The voxels of the grid that lie in the part, or past an edge of the image that it touches.
  Box box;
  for (int d = 0; d < 3; ++d) {
    const auto centre = [&](std::int64_t k) {
      std::array<double, 3> at{};
      at[d] = double(k);
      return image.to_index(grid.to_physical(at))[d];
    };
    const double step = grid.spacing_mm[d] / image.spacing_mm[d], start = centre(0);
    const double low = double(part.box.first[d]), high = double(part.box.first[d] + part.box.size[d] - 1);
    const bool from_edge = part.box.first[d] == 0, to_edge = part.box.first[d] + part.box.size[d] == image.size[d];
    const auto inside = [&](double index) {
      return std::int64_t(std::clamp(index, 0.0, double(grid.size[d] - 1)));
    };
    const std::int64_t first = from_edge ? 0 : inside(std::ceil((low - start) / step));
    const std::int64_t last = to_edge ? grid.size[d] - 1 : inside(std::floor((high - start) / step));
    box.first[d] = first;
    box.size[d] = std::max<std::int64_t>(0, last - first + 1);
  }
  if (box.voxels() == 0) return {};
  const Geometry there = crop(grid, box);
  const Volume values = resample(in_double(part.mask), there, interpolator, Outside::edge);
  constexpr double tie = 1e-6;
  const auto v = values.as<double>();
  std::vector<std::uint8_t> out(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) out[i] = v[i] >= threshold - tie;
  return {Volume::from<std::uint8_t>(there, std::move(out)), box};
}

}  // namespace radloom
