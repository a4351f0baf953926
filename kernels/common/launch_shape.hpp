#pragma once
#include <cstddef>
#include <cstdint>

namespace radloom {

/// The shape of a launch. No block, no launch.
struct LaunchShape {
  std::int64_t blocks = 0;       ///< at most 2^31 - 1
  int threads = 256;             ///< of a block, a multiple of 32, at most 1,024
  std::size_t shared_bytes = 0;  ///< what the body's `shared` calls add up to, each rounded up to 16
};

}  // namespace radloom
