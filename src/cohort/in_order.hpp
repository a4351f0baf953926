#pragma once
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace radloom::cohort {

/// Makes something of each of `n` items on `threads` threads (0: all that may be used) and uses it in order on this one; holds no more than a
/// few hundred at once.
template <class Make, class Use>
void in_order(std::size_t n, int threads, const Make& make, const Use& use) {
  constexpr std::size_t at_once = 256;
  tbb::task_arena arena(threads > 0 ? threads : tbb::task_arena::automatic);
  std::vector<std::optional<decltype(make(n))>> made(std::min(n, at_once));
  for (std::size_t first = 0; first < n; first += at_once) {
    const std::size_t last = std::min(n, first + at_once);
    arena.execute([&] { tbb::parallel_for(first, last, [&](std::size_t i) { made[i - first].emplace(make(i)); }); });
    for (std::size_t i = first; i < last; ++i) use(i, *std::exchange(made[i - first], std::nullopt));
  }
}

}  // namespace radloom::cohort
