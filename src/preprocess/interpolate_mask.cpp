#include "preprocess/interpolate_mask.hpp"

#include <algorithm>
#include <vector>

#include "preprocess/resample.hpp"
#include "preprocess/resample_formulas.hpp"
#include "preprocess/round.hpp"

namespace radloom {

namespace {

/// How far from a voxel its mask reaches by interpolation, in voxels, rounded up.
std::int64_t influence(Interpolator interpolator) {
  switch (interpolator) {
    case Interpolator::nearest:
    case Interpolator::linear: return 1;
    case Interpolator::bspline: return 2;
    default: return 6;
  }
}

}  // namespace

std::int64_t mask_reach(Interpolator interpolator) {
  // The spline's coefficients fade by 0.27 a voxel beside.
  return interpolator == Interpolator::bspline ? 24 : 2 * influence(interpolator);
}

MaskPart interpolate_mask(
    const MaskPart& part, const Geometry& image, const Geometry& grid, Interpolator interpolator, double threshold) {
  // The voxels of the grid that the part says all of, an edge of the image being the end of what there is.
  Box box;
  const std::int64_t width = influence(interpolator);
  for (int d = 0; d < 3; ++d) {
    const auto from = part.box.first[d], to = from + part.box.size[d] - 1;
    const double ratio = grid.spacing_mm[d] / image.spacing_mm[d];
    std::int64_t first = grid.size[d], last = -1;
    for (std::int64_t k = 0; k < grid.size[d]; ++k) {
      const double c = centred_index(k, grid.size[d], image.size[d], ratio);
      if ((from > 0 && c < double(from + width)) || (to + 1 < image.size[d] && c > double(to - width))) continue;
      first = std::min(first, k);
      last = k;
    }
    box.first[d] = first;
    box.size[d] = std::max<std::int64_t>(0, last - first + 1);
  }
  if (box.voxels() == 0) return {};
  const Volume values = interpolate(in_double(part.mask), part.box.first, image.size, grid, box, interpolator);
  constexpr double tie = 1e-6;
  const auto v = values.as<double>();
  std::vector<std::uint8_t> out(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) out[i] = v[i] >= threshold - tie;
  return {Volume::from<std::uint8_t>(values.geometry(), std::move(out)), box};
}

}  // namespace radloom
