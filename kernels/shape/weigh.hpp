#pragma once
#include "families/shape/formulas.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/common/team.hpp"
#include "kernels/preprocess/image_view.hpp"
#include "kernels/shape/pair_region.hpp"

namespace radloom::shape {

/// Sums of a tile over the intensities inside: voxels, intensities, and intensities times the voxel's index along each axis, counted from the middle
/// voxel, in an order that depends on the tile alone.
///
/// Grid: one block a box tile. Cost: an intensity and a byte of mask a voxel.
struct WeighTile {
  static constexpr int max_threads = tuning::weigh_threads;
  static constexpr int k = 5;
  Span<const PairRegion> regions;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<double> partials;  ///< [tile][k]

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion r = PairRegion(exec.global(regions)[tile.region]).box;
    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const std::int64_t n = tile.first + tile_voxels < r.voxels() ? tile_voxels : r.voxels() - tile.first;
    Sums<k> total;
    visit_image(exec, images, r, [&](const auto& image) {
      total = team.template sums<k>(n, [&](std::int64_t t, auto& s) {
        const std::int64_t i = tile.first + t, rest = i / r.size[0];
        if (mask[i] == 0) return;
        const double v = double(image[i]);
        s[0] += 1;
        s[1] += v;
        s[2] += v * double(i % r.size[0] - r.size[0] / 2);
        s[3] += v * double(rest % r.size[1] - r.size[1] / 2);
        s[4] += v * double(rest / r.size[1] - r.size[2] / 2);
      });
    });
    const auto out = exec.global(partials.part(std::int64_t(exec.block()) * k, k));
    if (team.leader())
      for (int i = 0; i < k; ++i) out.set(i, total[i]);
  }
};

/// Adds a region's tiles up in their order.
///
/// Grid: one block a region.
struct Weigh {
  static constexpr int max_threads = tuning::region_threads;
  Span<const PairRegion> regions;
  Span<const TileRange> range;
  Span<const double> partials;
  Span<Weighted> weighted;  ///< of each region

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    constexpr int k = WeighTile::k;
    const TileRange tiles = exec.global(range)[exec.block()];
    const PairRegion r = exec.global(regions)[exec.block()];
    const auto parts = exec.global(partials.part(tiles.first * k, tiles.count * k));
    const auto total = team.template sums<k>(tiles.count, [&](std::int64_t t, auto& s) {
      for (int i = 0; i < k; ++i) s[i] += parts[t * k + i];
    });
    Weighted w;
    w.voxels = total[0];
    w.weight = total[1];
    for (int d = 0; d < 3; ++d) w.moment[d] = total[2 + d] * r.box.spacing_mm[d];
    if (team.leader()) exec.global(weighted).set(exec.block(), w);
  }
};

/// Intensities less their mean, 0 outside, and a tile's sum of their squares.
///
/// Grid: one block a box tile. Cost: an intensity and a byte of mask read, 8 bytes written a voxel.
struct CentreTile {
  static constexpr int max_threads = tuning::weigh_threads;
  Span<const PairRegion> regions;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<const Weighted> weighted;
  Span<double> values;
  Span<double> squares;  ///< [tile]

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const Tile tile = exec.global(tiles)[exec.block()];
    const PairRegion r = exec.global(regions)[tile.region];
    const Weighted w = exec.global(weighted)[tile.region];
    const double mean = w.weight / w.voxels;
    const auto mask = exec.global(masks.part(r.box.mask, r.box.voxels()));
    const auto out = exec.global(values.part(r.values, r.box.voxels()));
    const std::int64_t n = tile.first + tile_voxels < r.box.voxels() ? tile_voxels : r.box.voxels() - tile.first;
    Sums<1> total;
    visit_image(exec, images, r.box, [&](const auto& image) {
      total = team.template sums<1>(n, [&](std::int64_t t, auto& s) {
        const std::int64_t i = tile.first + t;
        const double v = mask[i] == 0 ? 0.0 : double(image[i]) - mean;
        out.set(i, v);
        s[0] += v * v;
      });
    });
    if (team.leader()) exec.global(squares).set(exec.block(), total[0]);
  }
};

}  // namespace radloom::shape
