#pragma once
#include <cstdint>
#include <type_traits>

#include "core/host_device.hpp"

namespace radloom {

/// A stretch of device memory, as a body carries it: `exec.global(span)` makes a view of it that may be read and written.
template <class T>
struct Span {
  T* data = nullptr;
  std::int64_t size = 0;
  RL_HD Span<T> part(std::int64_t first, std::int64_t n) const { return {data + first, n}; }
  /// To Span<const T>. A template, since nvcc warns of a plain one in Span<const T> that nobody can call.
  template <class U>
  requires(std::is_same_v<U, const T> && !std::is_const_v<T>) RL_HD operator Span<U>() const { return {data, size}; }
};

/// The same memory as bytes.
template <class T>
Span<const std::uint8_t> as_bytes(const Span<T>& span) {
  return {reinterpret_cast<const std::uint8_t*>(span.data), span.size * std::int64_t(sizeof(T))};
}

}  // namespace radloom
