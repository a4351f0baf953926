#pragma once
#include <cmath>

#include "catalogue/indices.hpp"
#include "families/loc_int/formulas.hpp"
#include "kernels/common/ordered.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/loc_int/tuning.hpp"
#include "kernels/preprocess/image_view.hpp"

namespace radloom::loc_int {

/// What the spheres around a region's voxels reach.
struct Around {
  BoxRegion box;               ///< among the batch's images; its mask has no meaning
  std::int64_t sums = 0;       ///< of its first row in the batch's sums: size[0] + 1 for each row
  std::int32_t at[3] = {};     ///< where the first voxel of the region's box lies in it
  std::int32_t first_row = 0;  ///< of the sphere in the batch's spheres
  std::int32_t rows = 0;       ///< of the sphere
};

/// A block's share of what is around a region: a thread a row (y, z) from `first` on.
struct RowTile {
  std::int32_t region;
  std::int64_t first;
};

/// Sums from the start of each row of the surroundings, in the order of the voxels, as the cpu makes them.
///
/// Grid: one block a tile of rows. Cost: an intensity read and 8 bytes written a voxel; the lanes of a warp lie a row apart, so the caches
/// have to gather what they touch.
struct SumRows {
  static constexpr int max_threads = tuning::row_threads;
  Span<const Around> around;
  Span<const RowTile> tiles;
  Span<const std::uint8_t> images;
  Span<double> sums;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const RowTile tile = exec.global(tiles)[exec.block()];
    const Around a = exec.global(around)[tile.region];
    const std::int64_t nx = a.box.size[0], rows = std::int64_t(a.box.size[1]) * a.box.size[2];
    const std::int64_t row = tile.first + exec.thread();
    if (row >= rows) return;
    const auto upto = exec.global(sums.part(a.sums + row * (nx + 1), nx + 1));
    visit_image(exec, images, a.box, [&](const auto& image) {
      double sum = 0;
      upto.set(0, sum);
      for (std::int64_t x = 0; x < nx; ++x) upto.set(x + 1, sum += double(image[row * nx + x]));
    });
  }
};

/// The mean within the sphere around every voxel of a region, and the largest of them: of all, and of the voxels of highest intensity.
///
/// Grid: one block a box tile. Cost a voxel inside: two look-ups and 12 bytes for each row of its sphere, from the caches; two atomics a warp.
struct AddSpheres {
  static constexpr int max_threads = tuning::tile_threads;
  Span<const BoxRegion> box;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<const Around> around;
  Span<const Row> spheres;
  Span<const double> sums;
  Span<const std::uint64_t> extremes;  ///< see preprocess::IntensityRange
  Span<std::uint64_t> peaks;  ///< two a region, zeroed by the caller: ordered keys of the local and the global peak

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion r = exec.global(box)[tile.region];
    const Around a = exec.global(around)[tile.region];
    const double highest = from_ordered_key(exec.global(extremes)[2 * tile.region + 1]);
    const std::int64_t nx = a.box.size[0], ny = a.box.size[1], nz = a.box.size[2];
    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const auto rows = exec.global(spheres.part(a.first_row, a.rows));
    const auto upto = exec.global(sums.part(a.sums, (nx + 1) * ny * nz));
    const std::int64_t last = tile.first + tile_voxels < r.voxels() ? tile.first + tile_voxels : r.voxels();
    std::uint64_t local = 0, global = 0;
    visit_image(exec, images, r, [&](const auto& image) {
      for (std::int64_t i = tile.first + exec.thread(); i < last; i += exec.threads()) {
        if (mask[i] == 0) continue;
        const std::int64_t rest = i / r.size[0], x = i % r.size[0] + a.at[0];
        const std::int64_t y = rest % r.size[1] + a.at[1], z = rest / r.size[1] + a.at[2];
        double sum = 0;
        std::int64_t voxels = 0;
        for (std::int64_t k = 0; k < a.rows; ++k) {
          const Row row = rows[k];
          const std::int64_t yy = y + row.dy, zz = z + row.dz;
          if (yy < 0 || yy >= ny || zz < 0 || zz >= nz) continue;
          const Within w = within(x, row.half, nx);
          const std::int64_t start = (zz * ny + yy) * (nx + 1);
          sum += upto[start + w.last] - upto[start + w.first];
          voxels += w.last - w.first;
        }
        const double mean = sum / double(voxels);
        if (mean != mean) continue;  // what lies around a region may be no number
        const std::uint64_t key = ordered_key(mean);
        global = key > global ? key : global;
        if (key > local && double(image[i]) == highest) local = key;
      }
    });
    for (int m = 16; m > 0; m /= 2) {
      const std::uint64_t l = exec.shuffle_xor(local, m), g = exec.shuffle_xor(global, m);
      local = l > local ? l : local;
      global = g > global ? g : global;
    }
    if (exec.lane() != 0) return;
    const auto out = exec.global(peaks);
    out.max(2 * tile.region, local);
    out.max(2 * tile.region + 1, global);
  }
};

/// Features of every region; no number where no mean was one.
///
/// Grid: a thread a region.
struct Features {
  static constexpr int max_threads = tuning::region_threads;
  Span<const std::uint64_t> peaks;
  Span<double> out;  ///< of each region feature::loc_int::count

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const std::int64_t region = std::int64_t(exec.block()) * exec.threads() + exec.thread();
    if (2 * region >= peaks.size) return;
    const auto found = exec.global(peaks.part(2 * region, 2));
    const auto features = exec.global(out.part(region * feature::loc_int::count, feature::loc_int::count));
    const auto value = [](std::uint64_t key) { return key ? from_ordered_key(key) : NAN; };
    features.set(feature::loc_int::local_intensity_peak, value(found[0]));
    features.set(feature::loc_int::global_intensity_peak, value(found[1]));
  }
};

}  // namespace radloom::loc_int
