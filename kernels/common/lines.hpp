#pragma once
#include "core/team.hpp"

namespace radloom {

/// Two sums for each of n lines, a warp a line: term(line, c, sums) for c in [first(line), first(line + 1)), lanes side by side, added in an
/// order that does not depend on anything else. keep(line, sums) is called by one lane. Every thread of the block must come; ends
/// with a barrier.
template <class Exec, class First, class Term, class Keep>
RL_HD void sums_of_lines(Exec& exec, std::int64_t n, const First& first, const Term& term, const Keep& keep) {
  for (std::int64_t line = exec.warp(); line < n; line += exec.warps()) {
    const std::int64_t end = first(line + 1);
    Sums<2> s;
    for (std::int64_t c = first(line) + exec.lane(); c < end; c += 32) term(line, c, s);
    for (int mask = 16; mask > 0; mask /= 2)
      for (int k = 0; k < 2; ++k) s[k] += exec.shuffle_xor(s[k], mask);
    if (exec.lane() == 0) keep(line, s);
  }
  exec.sync_block();
}

}  // namespace radloom
