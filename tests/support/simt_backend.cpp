#include "support/simt_backend.hpp"

#include "support/simt_devices.hpp"

namespace radloom::test {

std::shared_ptr<const backend::Backend> make_simt_backend(const SimtOptions& options) {
  std::vector<std::unique_ptr<simt::Device>> devices;
  for (int d = 0; d < options.devices; ++d) {
    simt::DeviceOptions one;
    one.seed = options.seed + unsigned(d);
    one.memory_budget = options.memory_bytes;
    one.lose_operation = options.lose_operation;
    devices.push_back(std::make_unique<simt::Device>(one));
  }
  return make_simt_backend(std::move(devices), options.threads);
}

std::shared_ptr<const SimtBackend> make_simt_backend(std::vector<std::unique_ptr<simt::Device>> devices, int threads) {
  return std::make_shared<SimtBackend>("simt", std::move(devices), threads);
}

}  // namespace radloom::test
