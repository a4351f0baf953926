#pragma once
#include "families/ivh/formulas.hpp"
#include "kernels/firstorder/select.hpp"
#include "kernels/ivh/tuning.hpp"

namespace radloom::ivh {

/// Words of a region's tally: for each percentage the voxels that reach it; the voxels whose intensity is no whole number; for each
/// percentage the largest complement of an ordered key of the values above the one of `rank_below`. Zero before the first voxel.
namespace tally {
inline constexpr int reached = 0, broken = percentages, above = percentages + 1, words = 2 * percentages + 1;
}

/// The intensity of rank `rank_below`, out of first order's selection: it is always one of the two that a percentile of the same name lies
/// between. With m + r / 10 for 0.9 n, the 90th percentile's lower one has rank floor(m + r / 10 - 0.9), which is m for r = 9 and m - 1
/// else; the rank wanted, ceil(0.9 n) - 1, is m - 1 for r = 0 and m else. So for the 10th.
RL_HD inline double intensity_below(const firstorder::Selection& s, std::int64_t n, int i) {
  const int p = i == 0 ? firstorder::percentiles - 1 : 0;  // few reach the largest: percentages count from above
  const auto place = firstorder::percentile_place(n, firstorder::percentile_fraction(p));
  return from_ordered_key(place.lower == rank_below(n, percentage(i)) ? s.prefix[2 * p] : s.prefix[2 * p + 1]);
}

/// The scale of a region, from the ends of its selection.
RL_HD inline Scale scale_of(const Rule& rule, const firstorder::Selection& s, bool whole) {
  return Scale(rule, from_ordered_key(s.prefix[firstorder::targets - 2]),
      from_ordered_key(s.prefix[firstorder::targets - 1]), whole);
}

/// Counts the voxels that reach a percentage of the range, and finds the smallest value above a rank, in one pass.
///
/// Grid: one block a box tile. Cost: a byte of mask a voxel, an intensity and two divisions a voxel inside; five atomics a warp.
struct CountReached {
  static constexpr int max_threads = tuning::tile_threads;
  Rule rule;
  Span<const BoxRegion> box;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<const std::uint64_t> inside;
  Span<const firstorder::Selection> selection;
  Span<std::uint64_t> tallies;  ///< [region][tally::words], zeroed by the caller

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion r = exec.global(box)[tile.region];
    const auto n = std::int64_t(exec.global(inside)[tile.region]);
    const firstorder::Selection s = exec.global(selection)[tile.region];
    const Scale scale = scale_of(rule, s, true);  // steps play no part yet
    double below[percentages];
    for (int k = 0; k < percentages; ++k) below[k] = scale(intensity_below(s, n, k));
    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const std::int64_t last = tile.first + tile_voxels < r.voxels() ? tile.first + tile_voxels : r.voxels();
    std::uint64_t own[tally::words] = {};
    visit_image(exec, images, r, [&](const auto& image) {
      for (std::int64_t i = tile.first + exec.thread(); i < last; i += exec.threads()) {
        if (mask[i] == 0) continue;
        const auto v = double(image[i]);
        const double value = scale(v);
        const std::uint64_t key = ~ordered_key(value);
        own[tally::broken] += !is_whole(v);
        for (int k = 0; k < percentages; ++k) {
          own[tally::reached + k] += scale.reaches(value, percentage(k));
          if (value > below[k] && key > own[tally::above + k]) own[tally::above + k] = key;
        }
      }
    });
    for (int m = 16; m > 0; m /= 2)
      for (int w = 0; w < tally::words; ++w) {
        const std::uint64_t other = exec.shuffle_xor(own[w], m);
        if (w < tally::above) own[w] += other;
        else if (other > own[w]) own[w] = other;
      }
    if (exec.lane() != 0) return;
    const auto out = exec.global(tallies.part(std::int64_t(tile.region) * tally::words, tally::words));
    for (int w = 0; w < tally::above; ++w) out.add(w, own[w]);
    for (int w = tally::above; w < tally::words; ++w) out.max(w, own[w]);
  }
};

/// Features of every region.
///
/// Grid: a thread a region.
struct Features {
  static constexpr int max_threads = tuning::region_threads;
  Rule rule;
  Span<const std::uint64_t> inside;
  Span<const firstorder::Selection> selection;
  Span<const std::uint64_t> tallies;
  Span<double> out;  ///< of each region feature::ivh::count

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const std::int64_t region = std::int64_t(exec.block()) * exec.threads() + exec.thread();
    if (region >= inside.size) return;
    const auto features = exec.global(out.part(region * feature::ivh::count, feature::ivh::count));
    const auto n = std::int64_t(exec.global(inside)[region]);
    if (n == 0) {
      for (int f = 0; f < feature::ivh::count; ++f) features.set(f, NAN);
      return;
    }
    const firstorder::Selection s = exec.global(selection)[region];
    const auto counted = exec.global(tallies.part(region * tally::words, tally::words));
    const Scale scale = scale_of(rule, s, counted[tally::broken] == 0);
    Measures m;
    m.n = double(n);
    m.most = scale(from_ordered_key(s.prefix[firstorder::targets - 1]));
    for (int k = 0; k < percentages; ++k) {
      m.reached[k] = double(counted[tally::reached + k]);
      m.below[k] = scale(intensity_below(s, n, k));
      m.next[k] = from_ordered_key(~counted[tally::above + k]);
    }
    compute(m, scale, features);
  }
};

}  // namespace radloom::ivh
