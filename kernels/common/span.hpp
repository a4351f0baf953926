#pragma once
#include <cstdint>

namespace radloom {

/// A stretch of device memory, as a body carries it: `exec.global(span)` makes a view of it that may be read and written.
template <class T>
struct Span {
  T* data = nullptr;
  std::int64_t size = 0;
  Span<T> part(std::int64_t first, std::int64_t n) const { return {data + first, n}; }
  operator Span<const T>() const { return {data, size}; }
};

}  // namespace radloom
