#pragma once
/// How a body becomes a kernel of the emulator. Every kernels/*/launch.cu is compiled here too, as C++ and with this file included before
/// anything else, so that a body is compiled once for all tests, and one that nvcc is not told of does not link. Who has a
/// body of its own includes it and launches it.
#include "simt/exec.hpp"

namespace radloom::simt {

template <class Body>
Counters launch(const Body& body, const LaunchShape& shape, std::uint64_t seed, Memory* memory) {
  const auto job = [](const void* b, Engine& e, detail::Thread& self) {
    Exec exec(e, self);
    (*static_cast<const Body*>(b))(exec);
  };
  return engine().run(job, &body, shape, seed, memory);
}

}  // namespace radloom::simt

/// Compiles a body for the emulator, at global scope: RL_KERNEL(radloom::glcm::CountPairs)
#define RL_KERNEL(...)                                    \
  template radloom::simt::Counters radloom::simt::launch( \
      const __VA_ARGS__&, const radloom::LaunchShape&, std::uint64_t, radloom::simt::Memory*);
