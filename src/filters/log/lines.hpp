#pragma once
// Recursion along lines that lie side by side: a vector holds the same place of several lines.
#include <cstdint>

#include "filters/log/recursive_gaussian.hpp"

namespace radloom::log {

/// Lines that are filtered together.
constexpr int lines = 16;

/// Brings 16 lines of n samples side by side: sample i of line l, at from[i * along + l * aside], goes to x[i * 16 + l]. Where fewer lines
/// are `here`, the last one is taken for those that lack.
#define RL_LOAD_LINES(S) \
  void load_lines(const S* from, std::int64_t n, std::int64_t along, std::int64_t aside, std::int64_t here, double* x);
RL_LOAD_LINES(std::int8_t)
RL_LOAD_LINES(std::uint8_t)
RL_LOAD_LINES(std::int16_t)
RL_LOAD_LINES(std::uint16_t)
RL_LOAD_LINES(std::int32_t)
RL_LOAD_LINES(std::uint32_t)
RL_LOAD_LINES(float)
RL_LOAD_LINES(double)
#undef RL_LOAD_LINES

/// Filters 16 lines of n >= 4 samples: x and y hold sample i of line l at [i * 16 + l]. `work` has room for n * 16 values. Of the
/// responses only those from `first` on are written, `kept` of them, rounded to float.
void filter_lines(const RecursiveFilter& f, const double* x, std::int64_t n, double* work, std::int64_t first,
    std::int64_t kept, float* y);

}  // namespace radloom::log
