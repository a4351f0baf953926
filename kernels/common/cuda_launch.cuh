#pragma once
/// How a body becomes a kernel. Included by the launch.cu of every room, which then says `RL_KERNEL(body)` once a body. The emulator, which
/// compiles the same files as C++, says before what that means (tests/simt/launch.hpp).
#ifndef RL_KERNEL
#include "backend/cuda/cuda_device.hpp"
#include "kernels/common/cuda_exec.cuh"

namespace radloom {

namespace cuda_detail {

/// Threads of the largest block a body is launched with: its `max_threads`, so that the compiler may give each thread more registers, or
/// what the hardware allows.
template <class Body>
constexpr int most_threads() {
  if constexpr (requires { Body::max_threads; }) return Body::max_threads;
  else return 1024;
}

/// Blocks that must fit a multiprocessor at once: the `min_blocks` of a body that has one, else the assembler weighs registers against
/// occupancy by itself, and may spill a few for more of it.
template <class Body>
constexpr int least_blocks() {
  if constexpr (requires { Body::min_blocks; }) return Body::min_blocks;
  else return 0;
}

/// The kernel of a body. The body stays in the constant bank of the launch's parameters.
template <class Body>
__global__ void __launch_bounds__(most_threads<Body>(), least_blocks<Body>()) run(const __grid_constant__ Body body) {
  CudaExec exec;
  body(exec);
}

}  // namespace cuda_detail

namespace backend {

template <class Body>
void CudaDevice::launch(const Body& body, const LaunchShape& shape, Stream stream) {
  static_assert(std::is_trivially_copyable_v<Body>, "a body travels as bytes");
  static_assert(sizeof(Body) <= 4096, "the parameters of a launch end at 4 KiB");
  static_assert(cuda_detail::most_threads<Body>() % 32 == 0 && cuda_detail::most_threads<Body>() <= 1024);
  launch_kernel(reinterpret_cast<const void*>(&cuda_detail::run<Body>), const_cast<Body*>(&body),
      cuda_detail::most_threads<Body>(), shape, stream);
}

}  // namespace backend

}  // namespace radloom

/// Compiles a body for the device, at global scope: RL_KERNEL(radloom::glcm::CountPairs)
#define RL_KERNEL(...)                                             \
  template void radloom::backend::CudaDevice::launch<__VA_ARGS__>( \
      const __VA_ARGS__&, const radloom::LaunchShape&, radloom::backend::Stream);
#endif
