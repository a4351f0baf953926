#pragma once
#include <cstddef>
#include <cstdint>

namespace radloom {

/// Bytes of shared memory that a body's `shared<T>(n)` takes.
template <class T>
constexpr std::size_t shared_room(std::int64_t n) {
  return (std::size_t(n) * sizeof(T) + 15) / 16 * 16;
}

/// The shape of a launch. No block, no launch.
struct LaunchShape {
  std::int64_t blocks = 0;       ///< at most 2^31 - 1
  int threads = 256;             ///< of a block, a multiple of 32, at most 1,024
  std::size_t shared_bytes = 0;  ///< what the body's `shared` calls add up to (see shared_room)
};

}  // namespace radloom
