#include "support/simt_backend.hpp"

#include "backend/cuda/device_backend.hpp"
#include "simt/device.hpp"

namespace radloom::test {

std::shared_ptr<const backend::Backend> make_simt_backend(const SimtOptions& options) {
  std::vector<std::unique_ptr<simt::Device>> devices;
  for (int d = 0; d < options.devices; ++d) {
    simt::DeviceOptions one;
    one.seed = options.seed + unsigned(d);
    one.memory_budget = options.memory_bytes;
    devices.push_back(std::make_unique<simt::Device>(one));
  }
  return std::make_shared<backend::DeviceBackend<simt::Device>>("simt", std::move(devices), options.threads);
}

}  // namespace radloom::test
