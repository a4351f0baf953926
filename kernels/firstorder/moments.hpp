#pragma once
#include "families/firstorder/formulas.hpp"
#include "kernels/common/team.hpp"
#include "kernels/firstorder/terms.hpp"

namespace radloom::firstorder {

/// One pass over the voxels: a tile's sums, in an order that depends on the tile alone.
///
/// Grid: one block a box tile. Cost: an intensity and a byte of mask a voxel.
template <Pass pass>
struct SumTile {
  static constexpr int max_threads = tuning::tile_threads;
  static constexpr int k = sums_of(pass);
  Span<const BoxRegion> box;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<const Progress> progress;
  double shift;           ///< voxelArrayShift
  Span<double> partials;  ///< [tile][most_sums]

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion r = exec.global(box)[tile.region];
    Progress p{};
    if constexpr (pass != Pass::mean) p = exec.global(progress)[tile.region];
    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const std::int64_t n = tile.first + tile_voxels < r.voxels() ? tile_voxels : r.voxels() - tile.first;
    Sums<k> sums;
    visit_image(exec, images, r, [&](const auto& image) {
      sums = team.template sums<k>(n, [&](std::int64_t i, auto& s) {
        if (mask[tile.first + i] == 0) return;
        add_terms<pass>(double(image[tile.first + i]), 1, shift, p, s);
      });
    });
    const auto out = exec.global(partials.part(std::int64_t(exec.block()) * most_sums, most_sums));
    if (team.leader())
      for (int i = 0; i < k; ++i) out.set(i, sums[i]);
  }
};

/// Adds a region's tiles up in their order and goes on to the next pass, or to the features after the last.
///
/// Grid: one block a region.
template <Pass pass>
struct FinishPass {
  static constexpr int max_threads = tuning::region_threads;
  static constexpr int k = sums_of(pass);
  Span<const BoxRegion> box;
  Span<const LevelRegion> region;
  Span<const TileRange> range;  ///< of each region in the list of tiles
  Span<const std::uint64_t> inside;
  Span<const double> partials;
  Span<const Selection> selection;
  Span<const std::uint64_t> histogram;  ///< of gray levels
  Span<Progress> progress;
  bool pyradiomics;
  Span<double> out;  ///< [region][feature]

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const std::int64_t which = exec.block();
    const auto n = double(exec.global(inside)[which]);
    const TileRange tiles = exec.global(range)[which];
    const auto parts = exec.global(partials.part(tiles.first * most_sums, tiles.count * most_sums));
    const Sums<k> sums = team.template sums<k>(tiles.count, [&](std::int64_t t, auto& s) {
      for (int i = 0; i < k; ++i) s[i] += parts[t * most_sums + i];
    });
    const auto state = exec.global(progress);
    Progress p{};
    if constexpr (pass != Pass::mean) p = state.get(which);
    if constexpr (pass != Pass::robust) {
      Selection s{};
      if constexpr (pass == Pass::mean) s = exec.global(selection)[which];
      conclude<pass>(sums, s, n, p);
      exec.sync_block();  // everybody has read it
      if (team.leader()) state.set(which, p);
    } else {
      const BoxRegion b = exec.global(box)[which];
      const LevelRegion r = exec.global(region)[which];
      Measures m = measures_of(p, sums, exec.global(selection)[which], n);
      m.voxel_volume_mm3 = b.spacing_mm[0] * b.spacing_mm[1] * b.spacing_mm[2];
      constexpr int features = feature::firstorder::count;
      compute(team, m, exec.global(histogram.part(r.histogram + 1, r.highest)), r.highest, pyradiomics,
          exec.global(out.part(which * features, features)));
    }
  }
};

}  // namespace radloom::firstorder
