#pragma once
#include <tbb/cache_aligned_allocator.h>

#include <vector>

namespace radloom::filters {

/// Numbers that begin at a cache line, as vectors are read twice as fast where none lies in two.
using AlignedDoubles = std::vector<double, tbb::cache_aligned_allocator<double>>;

}  // namespace radloom::filters
