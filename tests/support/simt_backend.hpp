#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.hpp"

namespace radloom::test {

/// An emulated device, or several, behind the pipeline of the real one.
struct SimtOptions {
  unsigned seed = 1;
  int threads = 1;
  int devices = 1;
  std::size_t memory_bytes = std::size_t(8) << 30;
  std::int64_t lose_operation = 0;  ///< every device is lost in its n-th operation; 0: none is
};
std::shared_ptr<const backend::Backend> make_simt_backend(const SimtOptions& options);

}  // namespace radloom::test
