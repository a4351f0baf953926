#pragma once
#include <memory>
#include <vector>

#include "backend/backend.hpp"
#include "backend/cuda/probe.hpp"

namespace radloom::backend {

/// Asks the driver, without waking a device up: no context is made, no memory taken.
CudaProbe probe_cuda();

/// The backend on these devices, one worker each; `threads` on the host. Throws Error(device_unavailable) where one cannot be taken.
std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>& ordinals, int threads);

}  // namespace radloom::backend
