#pragma once
#include "families/ngtdm/formulas.hpp"
#include "kernels/common/size_rows.hpp"
#include "kernels/common/span.hpp"
#include "kernels/common/team.hpp"
#include "kernels/ngtdm/tuning.hpp"

namespace radloom::ngtdm {

/// Every level has an entry, from level 1 on.
struct LevelNumber {
  RL_HD double operator[](std::int64_t i) const { return double(i + 1); }
};

/// What the formulas take.
template <class Voxels, class Differences>
struct LevelsView {
  RL_HD LevelsView(const Voxels& v, const Differences& d, std::int64_t n) : voxels(v), difference(d), levels(n) {}
  LevelNumber level;
  Voxels voxels;
  Differences difference;
  std::int64_t levels;
};

/// Features of every region, from the differences that gldm::CountNeighbours counted.
///
/// Grid: one block a region. Cost: 8 bytes a cell; some 20 operations and a division in double for each pair of levels.
struct DifferenceFeatures {
  static constexpr int max_threads = tuning::features_threads;
  Span<const LevelRegion> region;
  Span<const SizeRows> rows;
  Span<const std::uint32_t> row_end;
  Span<const std::uint64_t> histogram;
  Span<const std::uint64_t> counted;  ///< see gldm::CountNeighbours
  Span<double> voxels, difference;    ///< scratch, as long as the histograms
  bool pyradiomics;                   ///< counts voxels without neighbours, the standard leaves them out (3.10)
  Span<double> out;                   ///< of each region feature::ngtdm::count

  static std::size_t shared_bytes(int threads) { return team_doubles(threads) * sizeof(double); }

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const BlockTeam<Exec> team(exec);
    const LevelRegion r = exec.global(region)[exec.block()];
    const SizeRows own = exec.global(rows)[exec.block()];
    const auto end = exec.global(row_end.part(r.histogram, r.highest + 1));
    const auto of_level = exec.global(histogram.part(r.histogram, r.highest + 1));
    const auto cell = exec.global(counted.part(own.first_cell, own.cells));
    const auto n = exec.global(voxels.part(r.histogram, r.highest));
    const auto s = exec.global(difference.part(r.histogram, r.highest));
    team.for_each(r.highest, [&](std::int64_t i) {
      const std::int64_t first = end[i], cells = std::int64_t(end[i + 1]) - first;
      double sum = 0;
      for (std::int64_t k = 1; k < cells; ++k) sum += double(cell[first + k]) / double(k);
      n.set(i, double(of_level[i + 1] - (pyradiomics || cells == 0 ? 0 : cell[first])));
      s.set(i, sum);
    });
    const auto features =
        exec.global(out.part(std::int64_t(exec.block()) * feature::ngtdm::count, feature::ngtdm::count));
    compute(team, LevelsView(n, s, r.highest), pyradiomics, features);
  }
};

}  // namespace radloom::ngtdm
