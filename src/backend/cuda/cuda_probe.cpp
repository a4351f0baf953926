#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <cstdlib>

#include "backend/cuda/cuda_backend.hpp"

namespace radloom::backend {
namespace {

std::string version(int number) { return fmt::format("{}.{}", number / 1000, number % 1000 / 10); }

/// What the user may have asked for with it, since it hides devices without a word.
std::string visible_devices() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return visible ? fmt::format(" (CUDA_VISIBLE_DEVICES is '{}')", visible) : std::string();
}

std::string why_none(cudaError_t error, int count) {
  int driver = 0, runtime = 0;
  (void)cudaDriverGetVersion(&driver);
  (void)cudaRuntimeGetVersion(&runtime);
  if (driver == 0) return "no NVIDIA driver is installed";
  if (error == cudaErrorInsufficientDriver)
    return fmt::format(
        "the NVIDIA driver is made for CUDA {}, and this program needs CUDA {}", version(driver), version(runtime));
  if (error == cudaErrorNoDevice || (error == cudaSuccess && count == 0))
    return "the NVIDIA driver shows no device" + visible_devices();
  return fmt::format(
      "the NVIDIA driver answered: {} ({}){}", cudaGetErrorString(error), cudaGetErrorName(error), visible_devices());
}

CudaReport report(int ordinal) {
  CudaReport found;
  found.ordinal = ordinal;
  found.name = fmt::format("device {}", ordinal);
  cudaDeviceProp properties{};
  if (const cudaError_t error = cudaGetDeviceProperties(&properties, ordinal); error != cudaSuccess) {
    (void)cudaGetLastError();
    found.why_not = cudaGetErrorString(error);
    return found;
  }
  found.name = properties.name;
  found.memory = properties.totalGlobalMem;
  found.major = properties.major;
  found.minor = properties.minor;
  found.processors = properties.multiProcessorCount;
  int mode = cudaComputeModeDefault, pools = 0;
  (void)cudaDeviceGetAttribute(&mode, cudaDevAttrComputeMode, ordinal);
  (void)cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, ordinal);
  (void)cudaGetLastError();
  if (10 * found.major + found.minor < RADLOOM_CUDA_OLDEST)
    found.why_not = fmt::format("this program holds code for compute capability {}.{} and later",
        RADLOOM_CUDA_OLDEST / 10, RADLOOM_CUDA_OLDEST % 10);
  else if (mode == cudaComputeModeProhibited) found.why_not = "its compute mode prohibits computing";
  else if (!pools) found.why_not = "its driver has no memory pools";
  return found;
}

}  // namespace

CudaProbe probe_cuda() {
  CudaProbe probe;
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  if (error != cudaSuccess || count == 0) {
    probe.why_none = why_none(error, count);
    return probe;
  }
  for (int ordinal = 0; ordinal < count; ++ordinal) probe.devices.push_back(report(ordinal));
  return probe;
}

}  // namespace radloom::backend
