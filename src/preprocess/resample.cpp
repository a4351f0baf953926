#include "preprocess/resample.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "core/parallel.hpp"
#include "preprocess/resample_plan.hpp"

namespace radloom {
namespace {

/// A block of doubles.
struct Block {
  Box box;  ///< of the input
  std::shared_ptr<double[]> value;
  double* at(std::int64_t y, std::int64_t z) const { return value.get() + (z * box.size[1] + y) * box.size[0]; }
};

Block read_block(const Volume& image, const Box& box, const std::shared_ptr<KeptMemory>& memory) {
  Block b{box, large_memory<double>(std::size_t(box.voxels()), memory)};
  const auto& n = image.geometry().size;
  image.visit([&](auto v) {
    for (std::int64_t z = 0; z < box.size[2]; ++z)
      for (std::int64_t y = 0; y < box.size[1]; ++y) {
        const auto* in = v.data() + ((z + box.first[2]) * n[1] + y + box.first[1]) * n[0] + box.first[0];
        std::copy(in, in + box.size[0], b.at(y, z));
      }
  });
  return b;
}

/// Of the rows [first, first + lanes) of a slice. Along a row each coefficient waits for the one before, so that several rows are turned to stand
/// side by side and go together.
void coefficients_of_rows(double* row, const SplineStart& along_x, std::int64_t lanes, std::vector<double>& turned) {
  const std::int64_t n = along_x.n;
  turned.resize(std::size_t(n * lanes));
  for (std::int64_t j = 0; j < lanes; ++j)
    for (std::int64_t x = 0; x < n; ++x) turned[x * lanes + j] = row[j * n + x];
  spline_coefficients(turned.data(), along_x, 0, lanes, lanes);
  for (std::int64_t j = 0; j < lanes; ++j)
    for (std::int64_t x = 0; x < n; ++x) row[j * n + x] = turned[x * lanes + j];
}

void make_coefficients(Block& b) {
  const std::int64_t nx = b.box.size[0], ny = b.box.size[1],
                     nz = b.box.size[2];  // clang 14 captures no structured binding
  const SplineStart along_x = spline_start(nx), along_y = spline_start(ny), along_z = spline_start(nz);
  for_pieces(nz, pieces_for(nz, b.box.voxels()), [&](auto, std::int64_t first, std::int64_t last) {
    constexpr std::int64_t together = 16;
    std::vector<double> turned;
    for (std::int64_t z = first; z < last; ++z) {
      for (std::int64_t y = 0; y < ny; y += together)
        coefficients_of_rows(b.at(y, z), along_x, std::min(together, ny - y), turned);
      spline_coefficients(b.at(0, z), along_y, 0, nx, nx);
    }
  });
  for_pieces(ny, pieces_for(ny, b.box.voxels()), [&](auto, std::int64_t first, std::int64_t last) {
    for (std::int64_t y = first; y < last; ++y) spline_coefficients(b.at(y, 0), along_z, 0, nx * ny, nx);
  });
}

/// The voxels of `grid` by a plan, from an image or the part of one that starts at `first` and holds what the plan needs.
Volume sampled(const Volume& part, const std::array<std::int64_t, 3>& first, const std::array<std::int64_t, 3>& whole,
    const Geometry& grid, const ResamplePlan& plan, const std::shared_ptr<KeptMemory>& memory) {
  Block block;
  if (plan.any) {
    Box box = plan.needed;
    for (int d = 0; d < 3; ++d) box.first[d] -= first[d];
    block = read_block(part, box, memory);
  }
  if (plan.any && plan.interpolator == Interpolator::bspline) make_coefficients(block);
  Sampler<const double*, const double*> sampler{plan.interpolator, {}, {}, {}, block.value.get(), {}};
  for (int d = 0; d < 3; ++d) {
    sampler.image_size[d] = whole[d];
    sampler.block_first[d] = plan.needed.first[d];
    sampler.block_size[d] = plan.needed.size[d];
    sampler.weight[d] = plan.axis[d].weights.data();
  }
  return part.visit([&]<class T>(std::span<const T>) {
    std::vector<T> out(grid.voxels());
    if (plan.any)
      for_pieces(grid.size[2], pieces_for(grid.size[2], grid.voxels(), 1 << 14),
          [&](auto, std::int64_t from, std::int64_t to) {
            for (std::int64_t z = from; z < to; ++z)
              for (std::int64_t y = 0; y < grid.size[1]; ++y) {
                const Tap &tz = plan.axis[2].at[z], &ty = plan.axis[1].at[y];
                if (!tz.inside || !ty.inside) continue;
                T* const row = out.data() + (z * grid.size[1] + y) * grid.size[0];
                for (std::int64_t x = 0; x < grid.size[0]; ++x)
                  if (const Tap& tx = plan.axis[0].at[x]; tx.inside) row[x] = cast_voxel<T>(sampler(tx, ty, tz));
              }
          });
    return Volume::from<T>(grid, std::move(out));
  });
}

}  // namespace

Volume resample(
    const Volume& image, const Geometry& grid, Interpolator interpolator, const std::shared_ptr<KeptMemory>& memory) {
  return sampled(image, {}, image.geometry().size, grid, plan_resampling(image.geometry(), grid, interpolator), memory);
}

Volume interpolate(const Volume& part, const std::array<std::int64_t, 3>& first,
    const std::array<std::int64_t, 3>& whole, const Geometry& grid, const Box& wanted, Interpolator interpolator,
    const std::shared_ptr<KeptMemory>& memory) {
  ResamplePlan plan = plan_centred(whole, part.geometry().spacing_mm, grid, wanted, interpolator);
  for (int d = 0; d < 3; ++d) {
    const auto low = std::max(plan.needed.first[d], first[d]);
    const auto high = std::min(plan.needed.first[d] + plan.needed.size[d], first[d] + part.geometry().size[d]);
    plan.needed.first[d] = low;
    plan.needed.size[d] = high - low;
  }
  return sampled(part, first, whole, crop(grid, wanted), plan, memory);
}

}  // namespace radloom
