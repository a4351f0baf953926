#pragma once
#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"
#include "preprocess/resample_formulas.hpp"

namespace radloom::preprocess {

/// An image to resample, as the bodies below see it.
struct ResampleJob {
  Span<const std::uint8_t> image;  ///< bytes, voxels of `type`; the part the grid needs
  ScalarType type;                 ///< of the image and of the result
  Interpolator interpolator;
  std::int64_t image_size[3];   ///< of the whole image
  std::int64_t block_first[3];  ///< where the part lies in it
  std::int64_t block_size[3];
  Span<double> block;    ///< the part in double precision, then B-spline coefficients
  SplineStart start[3];  ///< of lines along each axis
  std::int64_t grid_size[3];
  Span<const Tap> taps[3];
  Span<const double> weights[3];
  Span<std::uint8_t> out;  ///< bytes, voxels of `type` on the grid

  RL_HD std::int64_t block_voxels() const { return block_size[0] * block_size[1] * block_size[2]; }
  RL_HD std::int64_t grid_voxels() const { return grid_size[0] * grid_size[1] * grid_size[2]; }
};

struct ResampleTile {
  std::int32_t job;
  std::int64_t first;
};

/// Items of a tile: voxels, or lines of coefficients.
inline constexpr std::int64_t resample_tile = 2048;

template <class Exec, class F>
RL_HD void for_tile(Exec& exec, const ResampleTile& tile, std::int64_t all, const F& f) {
  const std::int64_t last = tile.first + resample_tile < all ? tile.first + resample_tile : all;
  for (std::int64_t i = tile.first + exec.thread(); i < last; i += exec.threads()) f(i);
}

/// Calls f(a T) for the type of the voxels.
template <class F>
RL_HD void visit_type(ScalarType type, const F& f) {
  switch (type) {
    case ScalarType::int8: return f(std::int8_t());
    case ScalarType::uint8: return f(std::uint8_t());
    case ScalarType::int16: return f(std::int16_t());
    case ScalarType::uint16: return f(std::uint16_t());
    case ScalarType::int32: return f(std::int32_t());
    case ScalarType::uint32: return f(std::uint32_t());
    case ScalarType::float32: return f(float());
    case ScalarType::float64: return f(double());
  }
}

/// Voxels in double precision. Grid: tiles of voxels. Cost: a voxel read, eight bytes written.
struct LoadBlock {
  static constexpr int max_threads = 128;
  Span<const ResampleJob> jobs;
  Span<const ResampleTile> tiles;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const ResampleTile tile = exec.global(tiles)[exec.block()];
    const ResampleJob job = exec.global(jobs)[tile.job];
    const auto out = exec.global(job.block);
    visit_type(job.type, [&](auto zero) {
      using T = decltype(zero);
      const auto in = exec.global(Span<const T>{reinterpret_cast<const T*>(job.image.data), job.block_voxels()});
      for_tile(exec, tile, job.block_voxels(), [&](std::int64_t i) { out.set(i, double(in[i])); });
    });
  }
};

/// Cubic B-spline coefficients along one axis: a thread a line, which the recursion walks twice. Grid: tiles of lines. Cost: a line is read and
/// written three times; along y and z the threads of a warp walk side by side, along x each its own line.
struct SplineLines {
  static constexpr int max_threads = 128;
  int axis;
  Span<const ResampleJob> jobs;
  Span<const ResampleTile> tiles;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const ResampleTile tile = exec.global(tiles)[exec.block()];
    const ResampleJob job = exec.global(jobs)[tile.job];
    const auto samples = exec.global(job.block);
    const std::int64_t nx = job.block_size[0], n = job.block_size[axis];
    const std::int64_t stride = axis == 0 ? 1 : axis == 1 ? nx : nx * job.block_size[1];
    for_tile(exec, tile, job.block_voxels() / n, [&](std::int64_t line) {
      const std::int64_t first = line / stride * (stride * n) + line % stride;
      spline_coefficients(samples, job.start[axis], first, stride, 1);
    });
  }
};

/// Voxels of the grid from the block, in the image's type; 0 outside the image. Grid: tiles of voxels. Cost: taps^3 values a voxel, from the caches.
struct Resample {
  static constexpr int max_threads = 128;
  static constexpr int min_blocks = 5;  ///< of a multiprocessor: at 6, registers are spilled
  Span<const ResampleJob> jobs;
  Span<const ResampleTile> tiles;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const ResampleTile tile = exec.global(tiles)[exec.block()];
    const ResampleJob job = exec.global(jobs)[tile.job];
    const auto block = exec.global(Span<const double>{job.block.data, job.block.size});
    const auto wx = exec.global(job.weights[0]), wy = exec.global(job.weights[1]), wz = exec.global(job.weights[2]);
    const auto tx = exec.global(job.taps[0]), ty = exec.global(job.taps[1]), tz = exec.global(job.taps[2]);
    using Samples = std::remove_const_t<decltype(block)>;
    using Weights = std::remove_const_t<decltype(wx)>;
    Sampler<Samples, Weights> sampler{job.interpolator, {}, {}, {}, block, {wx, wy, wz}};
    for (int d = 0; d < 3; ++d) {
      sampler.image_size[d] = job.image_size[d];
      sampler.block_first[d] = job.block_first[d];
      sampler.block_size[d] = job.block_size[d];
    }
    visit_type(job.type, [&](auto zero) {
      using T = decltype(zero);
      const auto out = exec.global(Span<T>{reinterpret_cast<T*>(job.out.data), job.grid_voxels()});
      for_tile(exec, tile, job.grid_voxels(), [&](std::int64_t i) {
        const std::int64_t rest = i / job.grid_size[0];
        const Tap x = tx[i % job.grid_size[0]], y = ty[rest % job.grid_size[1]], z = tz[rest / job.grid_size[1]];
        const bool inside = job.block.size > 0 && x.inside && y.inside && z.inside;
        out.set(i, inside ? cast_voxel<T>(sampler(x, y, z)) : T(0));
      });
    });
  }
};

}  // namespace radloom::preprocess
