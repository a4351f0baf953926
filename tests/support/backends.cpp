#include "support/backends.hpp"

#include "support/simt_backend.hpp"

namespace radloom::test {

std::string absence(const std::string& name) {
  if (!name.starts_with("cuda")) return {};
  for (const auto& device : devices())
    if (device.name.starts_with("cuda") && !device.usable) return "no CUDA device: " + device.details;
  return {};
}

std::shared_ptr<const backend::Backend> make_backend(const std::string& name, int threads) {
  if (name == "simt") return make_simt_backend({.threads = threads});
  return backend::make_backend(name, threads);
}

}  // namespace radloom::test
