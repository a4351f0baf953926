#pragma once
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstdint>

namespace radloom {

/// Splits [0, n) into at most as many pieces as there are threads, each worth at least `grain` items, and calls
/// f(piece, first, last) for each. What pieces count is added up in integers, so their number never shows.
template <class F>
void for_pieces(std::int64_t n, std::int64_t pieces, const F& f) {
  if (pieces <= 1) return f(std::int64_t(0), std::int64_t(0), n);
  tbb::parallel_for(std::int64_t(0), pieces, [&](std::int64_t p) { f(p, n * p / pieces, n * (p + 1) / pieces); });
}

/// How many pieces `slices` slices of `voxels` voxels in all are worth.
inline std::int64_t pieces_for(std::int64_t slices, std::int64_t voxels, std::int64_t voxels_each = 1 << 17) {
  const std::int64_t threads = tbb::this_task_arena::max_concurrency();
  return std::clamp<std::int64_t>(std::min(voxels / voxels_each, slices), 1, threads);
}

}  // namespace radloom
