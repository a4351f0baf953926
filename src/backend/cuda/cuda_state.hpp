#pragma once
/// What a CudaDevice holds, for the files that make it up. The types of CUDA's runtime begin here; its compiler does not.
#include <cuda_runtime_api.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backend/cuda/cuda_device.hpp"
#include "backend/cuda/pinned_cache.hpp"

namespace radloom::backend {

struct CudaState {
  CudaState(int ordinal, const CudaOptions& options);
  ~CudaState();
  CudaState(const CudaState&) = delete;
  CudaState& operator=(const CudaState&) = delete;

  /// Makes this device the calling thread's. Throws DeviceLost where it failed before.
  void enter();
  /// Throws what an error of the runtime means: DeviceOutOfMemory, or DeviceLost from now on. `doing` completes "failed while ...".
  void check(cudaError_t error, const char* doing);
  cudaStream_t stream(Stream number) const { return streams.at(std::size_t(number)).stream; }

  void* allocate(std::size_t bytes, Stream stream);
  void release(void* memory, Stream stream) noexcept;
  std::size_t peak_bytes() const;

  Event record(Stream stream);
  void wait(Stream stream, Event event);
  void synchronise(Event event);

  /// Opens the shared memory beyond 48 KiB to a kernel, the first time that it is asked for.
  void open_shared(const void* kernel);

  /// A stream, and its events that nobody has seen completed, oldest first: since a stream runs in order, the first that is not
  /// complete ends every search.
  struct OrderedStream {
    cudaStream_t stream = nullptr;
    std::deque<std::uint64_t> open;
  };

  const int ordinal;
  std::string name;
  std::size_t budget = 0, shared_limit = 0;
  std::vector<OrderedStream> streams;
  PinnedCache pinned;

 private:
  /// An event of the runtime, the stream it is of, and how many wait for it: it is not used again before they are done.
  struct OpenEvent {
    cudaEvent_t event = nullptr;
    Stream stream = 0;
    int waiting = 0;
  };
  void take(const CudaOptions& options);
  void give_back() noexcept;
  /// Takes back the events of a stream that are complete. Needs the mutex of the events.
  void recycle(OrderedStream& stream);

  cudaMemPool_t pool_ = nullptr;
  mutable std::mutex memory_mutex_;
  std::unordered_map<void*, std::size_t> allocated_;
  std::size_t bytes_ = 0, peak_bytes_ = 0;

  std::mutex event_mutex_;
  std::unordered_map<std::uint64_t, OpenEvent> events_;
  std::vector<cudaEvent_t> spare_;
  std::uint64_t last_number_ = 0;

  std::mutex kernel_mutex_;
  std::unordered_set<const void*> opened_;

  std::atomic<bool> lost_ = false;
  std::mutex lost_mutex_;
  std::string why_lost_;
};

}  // namespace radloom::backend
