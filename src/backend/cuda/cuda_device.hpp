#pragma once
/// The device of a machine with an NVIDIA GPU. No type of CUDA stands here, so that what drives a device builds with the host
/// compiler alone. The driver is looked for when the program runs: a build with this in it starts where there is none.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "backend/cuda/device.hpp"

namespace radloom::backend {

struct CudaState;

struct CudaOptions {
  int streams = 2;
  double memory_share = 0.85;  ///< of what is free when the device is taken; the rest is for the driver and for others
};

/// A model of `AnyDevice`. Thread safety: any thread may call any member; calls that name one stream are in the order of their making.
/// The members that put work on a stream throw DeviceLost once the device has failed, whoever was the first to hear of it.
class CudaDevice {
 public:
  /// Takes device `ordinal`. Throws DeviceLost, with the reason, for one that cannot be had.
  explicit CudaDevice(int ordinal, const CudaOptions& options = {});
  /// Waits for what is on its streams. Buffers must have been released before.
  ~CudaDevice();
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  std::string name() const;  ///< "NVIDIA H200"
  int ordinal() const;
  int streams() const;
  std::size_t memory_budget() const;
  std::size_t shared_limit() const;
  std::size_t peak_bytes() const;

  void* allocate(std::size_t bytes, Stream stream);
  void release(void* memory, Stream stream) noexcept;
  /// Throws std::bad_alloc.
  void* allocate_pinned(std::size_t bytes);
  /// Kept for the next `allocate_pinned` of a similar size. No copy may be using it.
  void release_pinned(void* memory) noexcept;

  void upload(void* to, const void* from, std::size_t bytes, Stream stream);
  void download(void* to, const void* from, std::size_t bytes, Stream stream);
  void zero(void* memory, std::size_t bytes, Stream stream);

  Event record(Stream stream);
  void wait(Stream stream, Event event);
  void synchronise(Event event);

  /// Defined for the bodies that a room's launch.cu names (kernels/common/cuda_launch.cuh).
  template <class Body>
  void launch(const Body& body, const LaunchShape& shape, Stream stream);

  void sort(Span<const std::uint64_t> in, Span<std::uint64_t> out, int first_bit, int end_bit, Stream stream);
  void sort_pairs(Span<const std::uint64_t> keys, Span<std::uint64_t> keys_out, Span<const std::uint32_t> values,
      Span<std::uint32_t> values_out, int first_bit, int end_bit, Stream stream);
  /// `keys` and `counts` have room for as many runs as there are; `number` is one word.
  void run_length_encode(Span<const std::uint64_t> in, Span<std::uint64_t> keys, Span<std::uint32_t> counts,
      Span<std::uint32_t> number, Stream stream);
  void exclusive_scan(Span<const std::uint64_t> in, Span<std::uint64_t> out, Stream stream);

 private:
  void launch_kernel(const void* kernel, void* body, int most_threads, const LaunchShape& shape, Stream stream);
  std::unique_ptr<CudaState> state_;  // cuda_state.hpp
};

}  // namespace radloom::backend
