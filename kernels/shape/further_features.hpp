#pragma once
#include "core/moments.hpp"
#include "families/shape/formulas.hpp"
#include "kernels/common/team.hpp"
#include "kernels/shape/features.hpp"
#include "kernels/shape/weigh.hpp"

namespace radloom::shape {

/// What needs intensities, from sums over voxels and over pairs, by the functions the cpu calls. Behind `Features`, which writes the others.
///
/// Grid: one block a region. Cost: 24 bytes a frequency along x and y.
struct FurtherFeatures {
  static constexpr int max_threads = tuning::feature_threads;
  Span<const PairRegion> regions;
  Span<const TileRange> range;  ///< of each region in the list of tiles
  Span<const Weighted> weighted;
  Span<const double> squares, shares;
  Span<const std::uint64_t> moments;  ///< of the body
  Span<double> features;              ///< feature::shape::count a region

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const std::int64_t owner = exec.block();
    const PairRegion r = exec.global(regions)[owner];
    const TileRange tiles = exec.global(range)[owner];
    const auto of_tiles = exec.global(squares.part(tiles.first, tiles.count));
    const double variance =
        team.template sums<1>(tiles.count, [&](std::int64_t t, auto& s) { s[0] += of_tiles[t]; })[0];
    const std::int64_t lines = r.half() * r.padded[1];
    const auto of_lines = exec.global(shares.part(r.shares, 3 * lines));
    const auto pairs = team.template sums<3>(lines, [&](std::int64_t i, auto& s) {
      const double times = r.alone(i / r.padded[1]) ? 1 : 2;
      for (int k = 0; k < 3; ++k) s[k] += times * of_lines[3 * i + k];
    });
    team.once([&] {
      const double scale = 1 / (double(r.padded[0]) * double(r.padded[1]) * double(r.padded[2]));
      const IndexMoments m = moments_of(exec.global(moments), owner);
      Weighted body;
      body.voxels = body.weight = double(m.voxels);
      for (int d = 0; d < 3; ++d) body.moment[d] = double(m.sum[d]) * r.box.spacing_mm[d];
      const Weighted mass = exec.global(weighted)[owner];
      const auto out = exec.global(features.part(owner * feature::shape::count, feature::shape::count));
      compute_masses(body, mass, out);
      const auto c = autocorrelation_of({scale * pairs[0], scale * pairs[1], scale * pairs[2]}, mass.voxels, variance);
      out.set(feature::shape::morans_i_index, c.morans_i);
      out.set(feature::shape::gearys_c_measure, c.gearys_c);
    });
  }
};

}  // namespace radloom::shape
