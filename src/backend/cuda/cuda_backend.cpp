#include "backend/cuda/cuda_backend.hpp"

#include <fmt/format.h>

#include "backend/cuda/cuda_device.hpp"
#include "backend/cuda/device_backend.hpp"

namespace radloom::backend {

std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>& ordinals, int threads) {
  std::string name;
  std::vector<std::unique_ptr<CudaDevice>> devices;
  for (const int ordinal : ordinals) {
    name += fmt::format("{}cuda:{}", name.empty() ? "" : ",", ordinal);
    try {
      devices.push_back(std::make_unique<CudaDevice>(ordinal));
    } catch (const DeviceLost& e) {
      throw Error(ErrorCode::device_unavailable, fmt::format("device cuda:{} cannot be had: {}", ordinal, e.what()));
    } catch (const DeviceOutOfMemory&) {
      throw Error(ErrorCode::device_unavailable,
          fmt::format("device cuda:{} cannot be had: it has no memory left, somebody else may be using it", ordinal));
    }
  }
  return std::make_unique<DeviceBackend<CudaDevice>>(std::move(name), std::move(devices), threads);
}

}  // namespace radloom::backend
