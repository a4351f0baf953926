#pragma once
// The host side of a device backend on emulated devices, for those who look into it. What makes one is compiled once, in simt_backend.cpp.
#include "backend/cuda/device_backend.hpp"
#include "simt/device.hpp"

namespace radloom::test {

using SimtBackend = backend::DeviceBackend<simt::Device>;

std::shared_ptr<const SimtBackend> make_simt_backend(std::vector<std::unique_ptr<simt::Device>> devices, int threads);

}  // namespace radloom::test
