#pragma once
#include "kernels/common/size_matrix_views.hpp"
#include "kernels/maps/neighbourhood.hpp"

namespace radloom::maps {

/// Shared memory of SizeEntries.
inline std::size_t size_entries_bytes(std::int64_t places, std::int64_t entries, std::int64_t longest) {
  return shared_room<std::int32_t>(entries) + shared_room<double>(entries) + shared_room<double>(places) +
         shared_room<double>(longest);
}

/// A small matrix of gray level against size as the runs, zones or voxels it counts, in shared memory: each a rank and a size in a word. As for
/// co-occurrences, those of the same kind are looked for, and the first of them is the cell.
template <class Exec>
class SizeEntries {
  using Words = typename Neighbourhood<Exec>::Words;
  using Doubles = decltype(std::declval<Exec&>().template shared<double>(0));

 public:
  RL_HD SizeEntries(Exec& exec, const Neighbourhood<Exec>& near, std::int64_t entries, std::int64_t longest)
      : near_(near), key_(exec.template shared<std::int32_t>(entries)), cell_(exec.template shared<double>(entries)),
        by_level_(exec.template shared<double>(near.places)), by_size_(exec.template shared<double>(longest)) {}

  RL_HD void set(std::int64_t entry, std::int32_t rank, std::int32_t size) const {
    key_.set(entry, packed(rank, size));
  }
  RL_HD void leave_out(std::int64_t entry) const { key_.set(entry, -1); }

  /// compute(matrix) of the first `n` entries, `weight(entry)` each; false where none counts. They have been set before a barrier.
  template <class Weight, class Compute>
  RL_HD bool take(const BlockTeam<Exec>& team, std::int64_t n, const Weight& weight, const Compute& compute) const {
    const double total = team.template sums<1>(n, [&](std::int64_t e, auto& s) {
      const std::int32_t key = key_.get(e);
      double sum = 0;
      bool before = key < 0;
      for (std::int64_t o = 0; o < n && key >= 0; ++o)
        if (key_.get(o) == key) {
          sum += weight(o);
          before |= o < e;
        }
      cell_.set(e, before ? 0 : sum);
      s[0] += before ? 0 : sum;
    })[0];
    if (total == 0) return false;  // the whole block agrees
    const auto marginal = [&](const Doubles& out, const auto& belongs) {
      team.for_each(out.size(), [&](std::int64_t i) {
        double sum = 0;
        for (std::int64_t e = 0; e < n; ++e)
          if (const double w = cell_.get(e); w != 0 && belongs(key_.get(e), i)) sum += w;
        out.set(i, sum);
      });
    };
    const Doubles level = by_level_.part(0, near_.levels);
    marginal(level, [](std::int32_t key, std::int64_t rank) { return high_of(key) == rank; });
    marginal(by_size_, [](std::int32_t key, std::int64_t i) { return low_of(key) == i + 1; });
    compute(ViewedSizeMatrix(Cells{key_, cell_, near_.level}, n, Levels{level, near_.level}, near_.levels,
        SizeMarginal(Counted(by_size_)), by_size_.size()));
    return true;
  }

 private:
  struct Cells {
    Words key;
    Doubles weight;
    Words level;
    RL_HD SizeMatrixView::Cell operator[](std::int64_t e) const {
      const double w = weight.get(e);
      if (w == 0) return {1, 1, 0};
      const std::int32_t k = key.get(e);
      return {double(level.get(high_of(k))), double(low_of(k)), w};
    }
  };
  struct Levels {
    Doubles weight;
    Words level;
    RL_HD SizeMatrixView::Cell operator[](std::int64_t i) const { return {double(level.get(i)), 0, weight.get(i)}; }
  };

  const Neighbourhood<Exec>& near_;
  Words key_;
  Doubles cell_, by_level_, by_size_;
};

}  // namespace radloom::maps
