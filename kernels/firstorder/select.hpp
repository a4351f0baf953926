#pragma once
#include "families/firstorder/order_statistics.hpp"
#include "kernels/common/ordered.hpp"
#include "kernels/common/stage.hpp"
#include "kernels/firstorder/tuning.hpp"
#include "kernels/preprocess/image_view.hpp"

namespace radloom::firstorder {

/// Order statistics wanted of a region: two for each percentile, then the smallest and the largest value.
inline constexpr int targets = 2 * percentiles + 2;
inline constexpr int digits = 256;

/// The rank of a target among n values, from 0 in ascending order.
RL_HD inline std::int64_t target_rank(std::int64_t n, int target) {
  if (target >= 2 * percentiles) return target == targets - 1 && n > 0 ? n - 1 : 0;
  const auto place = percentile_place(n, percentile_fraction(target / 2));
  return target % 2 == 0 ? place.lower : place.upper;
}

/// How far the selection of a region's order statistics has come. A key is the ordered key of an intensity; its digits are bytes, the
/// first is the highest.
struct Selection {
  std::uint64_t prefix[targets];   ///< the digits found so far of each target, the others 0
  std::uint64_t rank[targets];     ///< of the target among the voxels that share its prefix
  std::int32_t group_of[targets];  ///< targets of one prefix form a group and share a histogram
  std::uint64_t group_prefix[targets];
  std::int32_t groups;
};

/// Counts the next digit of every voxel whose digits before it are those of a group.
///
/// Grid: one block a box tile. Cost a voxel inside: an intensity and a byte of mask read, a comparison a group, and one shared atomic where it belongs to
/// one. First digits are nearly all alike: the lanes that agree with the first one are added as one.
struct CountDigit {
  static constexpr int max_threads = tuning::tile_threads;
  int shift;  ///< of the digit: 56, 48, ..., 0
  Span<const BoxRegion> box;
  Span<const Tile> tiles;
  Span<const std::uint8_t> images, masks;
  Span<const Selection> selection;
  Span<std::uint32_t> histogram;  ///< [region][group][digit], zero before the first digit

  /// Words of shared memory.
  static constexpr int shared_words = targets * digits;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto own = exec.template shared<std::uint32_t>(shared_words);
    const Tile tile = exec.global(tiles)[exec.block()];
    const BoxRegion r = exec.global(box)[tile.region];
    const Selection s = exec.global(selection)[tile.region];
    const int words = s.groups * digits;
    for (int i = exec.thread(); i < words; i += exec.threads()) own.set(i, 0u);
    exec.sync_block();

    const auto mask = exec.global(masks.part(r.mask, r.voxels()));
    const std::int64_t last = tile.first + tile_voxels < r.voxels() ? tile.first + tile_voxels : r.voxels();
    visit_image(exec, images, r, [&](const auto& image) {
      // Whole warps go round together, so that lanes can speak to each other.
      for (std::int64_t start = tile.first; start < last; start += exec.threads()) {
        const std::int64_t i = start + exec.thread();
        const bool inside = i < last && mask[i] != 0;
        const std::uint64_t key = inside ? ordered_key(double(image[i])) : 0;
        int word = -1;
        if (inside)
          for (int g = 0; g < s.groups; ++g)
            if (shift == 56 || key >> (shift + 8) == s.group_prefix[g] >> (shift + 8))
              word = g * digits + int(key >> shift & 255);
        const int first = exec.shuffle(word, 0);
        const std::uint32_t alike = exec.ballot(word == first);
        if (word == first) {
          if (exec.lane() == 0 && first >= 0) own.add(first, bit_count(alike));
        } else if (word >= 0) {
          own.add(word, 1u);
        }
      }
    });
    exec.sync_block();
    const auto out = exec.global(histogram.part(std::int64_t(tile.region) * shared_words, shared_words));
    for (int i = exec.thread(); i < words; i += exec.threads())
      if (const std::uint32_t n = own.get(i)) out.add(i, n);
  }

 private:
  RL_HD static std::uint32_t bit_count(std::uint32_t v) {
    v = v - (v >> 1 & 0x55555555u);
    v = (v & 0x33333333u) + (v >> 2 & 0x33333333u);
    return (((v + (v >> 4)) & 0x0f0f0f0fu) * 0x01010101u) >> 24;
  }
};

/// Chooses the digit of every target from the histograms, clears them, and forms the groups of the next digit.
///
/// Grid: one block a region. Cost: the histograms once.
struct ChooseDigit {
  static constexpr int max_threads = tuning::choose_threads;
  int shift;
  bool last;  ///< fill in what no digit will be counted for
  Span<const std::uint64_t> inside;
  Span<Selection> selection;
  Span<std::uint32_t> histogram;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    auto prefix = exec.template shared<std::uint64_t>(targets);
    auto rank = exec.template shared<std::uint64_t>(targets);
    const std::int64_t region = exec.block();
    const auto counts = exec.global(histogram.part(region * CountDigit::shared_words, CountDigit::shared_words));
    const auto state = exec.global(selection);
    const Selection s = state.get(region);
    const int t = exec.thread();
    if (t < targets) {
      std::uint64_t left = s.rank[t], found = s.prefix[t];
      if (exec.global(inside)[region] > 0) {
        int digit = 0;
        for (;; ++digit) {
          const std::uint32_t n = counts.get(s.group_of[t] * digits + digit);
          if (left < n || digit == digits - 1) break;
          left -= n;
        }
        found |= std::uint64_t(digit) << shift;
        // Below the last digit that was counted a key holds zeros, or for a negative intensity, whose bits are turned over, ones.
        if (last && shift > 0 && found >> 63 == 0) found |= (std::uint64_t(1) << shift) - 1;
      }
      prefix.set(t, found);
      rank.set(t, left);
    }
    exec.sync_block();
    for (int i = exec.thread(); i < s.groups * digits; i += exec.threads()) counts.set(i, 0u);
    if (t == 0) {
      Selection next{};
      for (int k = 0; k < targets; ++k) {
        next.prefix[k] = prefix.get(k);
        next.rank[k] = rank.get(k);
        int g = 0;
        while (g < next.groups && next.group_prefix[g] != next.prefix[k]) ++g;
        if (g == next.groups) next.group_prefix[next.groups++] = next.prefix[k];
        next.group_of[k] = g;
      }
      state.set(region, next);
    }
  }
};

/// Before the first digit: every target's rank among all voxels inside, and one group.
struct StartSelection {
  static constexpr int max_threads = tuning::region_threads;
  Span<const std::uint64_t> inside;
  Span<Selection> selection;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const std::int64_t region = std::int64_t(exec.block()) * exec.threads() + exec.thread();
    if (region >= inside.size) return;
    const auto n = std::int64_t(exec.global(inside)[region]);
    Selection s{};
    s.groups = 1;
    for (int t = 0; t < targets; ++t) s.rank[t] = std::uint64_t(target_rank(n, t));
    exec.global(selection).set(region, s);
  }
};

}  // namespace radloom::firstorder
