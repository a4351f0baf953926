#pragma once
/// What NVIDIA devices there are, and which of them a device name means. Builds without CUDA have this too.
#include <cstddef>
#include <string>
#include <vector>

namespace radloom::backend {

/// One device that the driver shows, after CUDA_VISIBLE_DEVICES.
struct CudaReport {
  int ordinal = 0;           ///< N of `cuda:N`
  std::string name;          ///< "NVIDIA H200"
  std::size_t memory = 0;    ///< bytes, of all that it has
  int major = 0, minor = 0;  ///< its compute capability
  int processors = 0;        ///< streaming multiprocessors
  std::string why_not;       ///< why it cannot be used; empty where it can
};

/// What there is to compute on.
struct CudaProbe {
  std::vector<CudaReport> devices;
  std::string why_none;  ///< why `devices` is empty: "no NVIDIA driver is installed"
};

/// What a device name comes to on this machine.
struct DeviceChoice {
  std::vector<int> cuda;  ///< ordinals; none: the cpu
  std::string why;        ///< why `auto` took it; empty where the device was named
};

/// `auto` takes every device that can be used, else the cpu; `cuda` every one; `cuda:N` that one. Throws
/// Error(device_unavailable) where a device was named that cannot be had, Error(usage) for a name that means nothing.
DeviceChoice choose_device(const std::string& device, const CudaProbe& probe);

/// "NVIDIA H200, 139.8 GiB, compute capability 9.0, 132 multiprocessors", and why it cannot be used.
std::string describe(const CudaReport& report);

}  // namespace radloom::backend
