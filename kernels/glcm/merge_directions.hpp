#pragma once
#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"

namespace radloom::glcm {

/// A block's share of a region's cells.
struct CellTile {
  std::int32_t region;
  std::int64_t first;
};

/// The matrix of all directions together, each weighted, and symmetric where that is asked for.
///
/// Grid: one block a tile of cells. Cost: 8 bytes a cell and direction read, as many again where symmetric (along columns, from the second
/// cache), 8 written.
struct MergeDirections {
  Span<const LevelRegion> region;
  Span<const CellTile> tiles;
  std::int64_t tile;                   ///< cells
  Span<const std::int64_t> matrices;   ///< where each region's counts begin
  Span<const std::int64_t> merged_at;  ///< ... and its merged matrix
  Span<const std::uint64_t> counts;
  Span<const double> weights;  ///< [region][direction]
  Span<double> merged;
  int directions;
  bool symmetric;

  template <class Exec>
  RL_HD void operator()(Exec& exec) const {
    const CellTile t = exec.global(tiles)[exec.block()];
    const LevelRegion r = exec.global(region)[t.region];
    const std::int64_t side = r.highest, cells = side * side;
    const auto in = exec.global(counts.part(exec.global(matrices)[t.region], directions * cells));
    const auto out = exec.global(merged.part(exec.global(merged_at)[t.region], cells));
    const auto weight = exec.global(weights.part(std::int64_t(t.region) * directions, directions));
    const std::int64_t last = t.first + tile < cells ? t.first + tile : cells;
    for (std::int64_t c = t.first + exec.thread(); c < last; c += exec.threads()) {
      const std::int64_t i = std::uint32_t(c) / std::uint32_t(side), j = c - i * side;
      // In the order in which the cpu adds, the same on both sides of the diagonal.
      const std::int64_t one = symmetric && j < i ? j * side + i : c, mirrored = j < i ? c : j * side + i;
      double sum = 0;
      for (int d = 0; d < directions; ++d) {
        const double w = weight[d];
        sum += w * double(in[d * cells + one]);
        if (symmetric) sum += w * double(in[d * cells + mirrored]);
      }
      out.set(c, sum);
    }
  }
};

}  // namespace radloom::glcm
