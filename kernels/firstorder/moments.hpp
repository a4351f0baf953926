#pragma once
#include "families/firstorder/formulas.hpp"
#include "kernels/common/team.hpp"
#include "kernels/firstorder/select.hpp"

namespace radloom::firstorder {

/// A region's share of the list of tiles.
struct TileRange {
  std::int64_t first, count;
};

/// What is known of a region so far.
struct Progress {
  double mean, energy, p10, median, p90, robust_mean, robust_voxels, moment2, moment3, moment4, absolute_deviation,
      median_absolute_deviation;
};

inline constexpr int most_sums = 7;

/// Which sums over the voxels a pass makes.
enum class Pass : std::uint8_t { mean, moments, robust };
RL_HD constexpr int sums_of(Pass pass) { return pass == Pass::mean ? 2 : pass == Pass::moments ? 7 : 1; }

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
        const auto v = double(image[tile.first + i]);
        if constexpr (pass == Pass::mean) {
          s[0] += v;
          s[1] += (v + shift) * (v + shift);
        } else if constexpr (pass == Pass::moments) {
          const double d = v - p.mean;
          s[0] += d * d;
          s[1] += d * d * d;
          s[2] += d * d * (d * d);
          s[3] += fabs(d);
          s[6] += fabs(v - p.median);
          if (is_robust(v, p.p10, p.p90)) {
            s[4] += 1;
            s[5] += v;
          }
        } else if (is_robust(v, p.p10, p.p90)) {
          s[0] += fabs(v - p.robust_mean);
        }
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
    if constexpr (pass == Pass::mean) {
      const Selection s = exec.global(selection)[which];
      p.mean = sums[0] / n;
      p.energy = sums[1];
      p.p10 = percentile(s, n, 0);
      p.median = percentile(s, n, 2);
      p.p90 = percentile(s, n, percentiles - 1);
    } else if constexpr (pass == Pass::moments) {
      p.moment2 = sums[0] / n;
      p.moment3 = sums[1] / n;
      p.moment4 = sums[2] / n;
      p.absolute_deviation = sums[3] / n;
      p.median_absolute_deviation = sums[6] / n;
      p.robust_voxels = sums[4];
      p.robust_mean = sums[5] / sums[4];
    }
    if constexpr (pass != Pass::robust) {
      exec.sync_block();  // everybody has read it
      if (team.leader()) state.set(which, p);
    } else {
      const Selection s = exec.global(selection)[which];
      const BoxRegion b = exec.global(box)[which];
      const LevelRegion r = exec.global(region)[which];
      Measures m;
      m.n = n;
      m.minimum = from_ordered_key(s.prefix[targets - 2]);
      m.maximum = from_ordered_key(s.prefix[targets - 1]);
      m.p10 = p.p10;
      m.p25 = percentile(s, n, 1);
      m.median = percentile(s, n, 2);
      m.p75 = percentile(s, n, 3);
      m.p90 = p.p90;
      m.mean = p.mean;
      m.moment2 = p.moment2;
      m.moment3 = p.moment3;
      m.moment4 = p.moment4;
      m.absolute_deviation = p.absolute_deviation;
      m.median_absolute_deviation = p.median_absolute_deviation;
      m.robust_absolute_deviation = sums[0] / p.robust_voxels;
      m.energy = p.energy;
      m.voxel_volume_mm3 = b.spacing_mm[0] * b.spacing_mm[1] * b.spacing_mm[2];
      constexpr int features = feature::firstorder::count;
      compute(team, m, exec.global(histogram.part(r.histogram + 1, r.highest)), r.highest, pyradiomics,
          exec.global(out.part(which * features, features)));
    }
  }

 private:
  RL_HD static double percentile(const Selection& s, double n, int i) {
    const auto place = percentile_place(std::int64_t(n), percentile_fraction(i));
    return interpolate(from_ordered_key(s.prefix[2 * i]), from_ordered_key(s.prefix[2 * i + 1]), place.t);
  }
};

}  // namespace radloom::firstorder
