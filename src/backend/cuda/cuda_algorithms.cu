// The device-wide algorithms of CudaDevice, by CUB. Lengths are 64-bit throughout.
#include <thrust/iterator/constant_iterator.h>

#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_reduce.cuh>
#include <cub/device/device_scan.cuh>
#include <cuda/std/functional>

#include "backend/cuda/cuda_device.hpp"
#include "backend/cuda/cuda_state.hpp"

namespace radloom::backend {
namespace {

/// Runs an algorithm of CUB: once to ask how much temporary memory it needs, and once more with it.
template <class Algorithm>
void run(CudaState& state, Stream stream, const char* doing, const Algorithm& algorithm) {
  state.enter();
  std::size_t bytes = 0;
  state.check(algorithm(nullptr, bytes, state.stream(stream)), doing);
  bytes = bytes == 0 ? 1 : bytes;  // no memory would ask for the size again
  struct Scratch {
    CudaState& state;
    Stream stream;
    void* memory;
    ~Scratch() { state.release(memory, stream); }
  } const scratch{state, stream, state.allocate(bytes, stream)};
  state.check(algorithm(scratch.memory, bytes, state.stream(stream)), doing);
}

}  // namespace

void CudaDevice::sort(
    Span<const std::uint64_t> in, Span<std::uint64_t> out, int first_bit, int end_bit, Stream stream) {
  if (in.size == 0) return;
  run(*state_, stream, "keys were sorted", [&](void* temporary, std::size_t& bytes, cudaStream_t on) {
    return cub::DeviceRadixSort::SortKeys(temporary, bytes, in.data, out.data, in.size, first_bit, end_bit, on);
  });
}

void CudaDevice::sort_pairs(Span<const std::uint64_t> keys, Span<std::uint64_t> keys_out,
    Span<const std::uint32_t> values, Span<std::uint32_t> values_out, int first_bit, int end_bit, Stream stream) {
  if (keys.size == 0) return;
  run(*state_, stream, "pairs were sorted", [&](void* temporary, std::size_t& bytes, cudaStream_t on) {
    return cub::DeviceRadixSort::SortPairs(
        temporary, bytes, keys.data, keys_out.data, values.data, values_out.data, keys.size, first_bit, end_bit, on);
  });
}

void CudaDevice::run_length_encode(Span<const std::uint64_t> in, Span<std::uint64_t> keys, Span<std::uint32_t> counts,
    Span<std::uint32_t> number, Stream stream) {
  if (in.size == 0) return zero(number.data, sizeof(std::uint32_t), stream);
  // DeviceRunLengthEncode takes at most 2^31 - 1 keys; a sum of ones by key is what it does inside.
  run(*state_, stream, "runs were counted", [&](void* temporary, std::size_t& bytes, cudaStream_t on) {
    return cub::DeviceReduce::ReduceByKey(temporary, bytes, in.data, keys.data,
        thrust::make_constant_iterator(std::uint32_t(1)), counts.data, number.data, cuda::std::plus<std::uint32_t>{},
        in.size, on);
  });
}

void CudaDevice::exclusive_scan(Span<const std::uint64_t> in, Span<std::uint64_t> out, Stream stream) {
  if (in.size == 0) return;
  run(*state_, stream, "a scan was made", [&](void* temporary, std::size_t& bytes, cudaStream_t on) {
    return cub::DeviceScan::ExclusiveSum(temporary, bytes, in.data, out.data, in.size, on);
  });
}

}  // namespace radloom::backend
