#include <fmt/format.h>
#include <tbb/info.h>

#include "backend/backend.hpp"
#include "backend/cpu/cpu_backend.hpp"
#include "radloom/engine.hpp"

namespace radloom {
namespace {

bool names_cuda(const std::string& device) {
  return device == "cuda" || (device.starts_with("cuda:") && device.size() > 5 &&
                                 device.find_first_not_of("0123456789", 5) == std::string::npos);
}

#if defined(RADLOOM_WITH_CUDA)
#error "a build that finds CUDA needs src/backend/cuda"
#else
constexpr const char* no_cuda = RADLOOM_NO_CUDA;  // why, found out when it was configured
#endif

}  // namespace

namespace backend {

std::unique_ptr<Backend> make_backend(const std::string& device, int threads) {
  if (device == "auto" || device == "cpu") return make_cpu_backend(threads);
  if (names_cuda(device))
    throw Error(
        ErrorCode::device_unavailable, fmt::format("device {} cannot be had: {}; use --device cpu", device, no_cuda));
  throw Error(ErrorCode::usage, fmt::format("'{}' is not a device; use auto, cpu, cuda or cuda:N", device));
}

}  // namespace backend

std::vector<DeviceReport> devices() {
  const int threads = tbb::info::default_concurrency();
  return {{"cpu", true, fmt::format("{} {}", threads, threads == 1 ? "thread" : "threads")}, {"cuda", false, no_cuda}};
}

}  // namespace radloom
