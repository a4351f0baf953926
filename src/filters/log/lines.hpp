#pragma once
// Recursion along lines that lie side by side: a vector holds the same place of several lines.
#include <cstdint>

#include "filters/log/recursive_gaussian.hpp"

namespace radloom::log {

/// Lines that are filtered together.
constexpr int lines = 16;

/// Filters 16 lines of n >= 4 samples: x and y hold sample i of line l at [i * 16 + l]. `work` has room for n * 16 values. Of the
/// responses only those from `first` on are written, `kept` of them, rounded to float.
void filter_lines(const RecursiveFilter& f, const double* x, std::int64_t n, double* work, std::int64_t first,
    std::int64_t kept, float* y);

}  // namespace radloom::log
