#include <fmt/format.h>
#include <tbb/info.h>

#include "backend/backend.hpp"
#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda/probe.hpp"
#include "radloom/engine.hpp"
#if defined(RADLOOM_WITH_CUDA)
#include "backend/cuda/cuda_backend.hpp"
#endif

namespace radloom {
namespace backend {
namespace {

#if !defined(RADLOOM_WITH_CUDA)
CudaProbe probe_cuda() { return {{}, RADLOOM_NO_CUDA}; }  // why, found out when it was configured
std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>&, int) { return nullptr; }  // never chosen
#endif

}  // namespace

TakenDevice take_device(const std::string& device, int threads) {
  // The driver is asked only where the answer counts.
  const auto choice = choose_device(device, device == "cpu" ? CudaProbe{} : probe_cuda());
  if (choice.cuda.empty()) return {make_cpu_backend(threads), choice.why};
  try {
    return {make_cuda_backend(choice.cuda, threads), choice.why};
  } catch (const Error& e) {
    if (device != "auto" || e.code() != ErrorCode::device_unavailable) throw;
    return {make_cpu_backend(threads), e.what()};
  }
}

std::unique_ptr<Backend> make_backend(const std::string& device, int threads) {
  return take_device(device, threads).backend;
}

}  // namespace backend

std::vector<DeviceReport> devices() {
  const int threads = tbb::info::default_concurrency();
  std::vector<DeviceReport> reports{{"cpu", true, fmt::format("{} {}", threads, threads == 1 ? "thread" : "threads")}};
  const auto probe = backend::probe_cuda();
  if (probe.devices.empty()) reports.push_back({"cuda", false, probe.why_none});
  for (const auto& d : probe.devices)
    reports.push_back({fmt::format("cuda:{}", d.ordinal), d.why_not.empty(), backend::describe(d)});
  return reports;
}

}  // namespace radloom
