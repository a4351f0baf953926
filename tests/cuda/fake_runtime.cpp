#include "cuda/fake_runtime.hpp"

#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>

using radloom::fake::Runtime;

// The runtime's opaque types, as it leaves them to itself.
struct CUevent_st {
  std::shared_ptr<bool> done =
      std::make_shared<bool>(true);  // of its latest record: who waits for an earlier one is not disturbed
};
struct CUstream_st {
  int number;
  std::deque<std::function<bool()>> work;  // false: it cannot run yet
};
struct CUmemPoolHandle_st {};

namespace radloom::fake {
namespace {

struct Failure {
  cudaError_t error;
  int call;
  bool sticky;
};
struct Hidden {
  Runtime open;
  std::map<std::string, std::vector<Failure>> failures;
  cudaError_t sticky = cudaSuccess, last = cudaSuccess;
  std::vector<CUstream_st*> streams;
  std::map<void*, std::size_t> device_memory;
  ~Hidden() {
    for (const auto& [memory, bytes] : device_memory) std::free(memory);  // what a lost device did not take back
  }
};
std::unique_ptr<Hidden> hidden = std::make_unique<Hidden>();

/// What a call of `function` is to return before it does anything.
cudaError_t called(const char* function) {
  ++hidden->open.calls[function];
  if (hidden->sticky != cudaSuccess) return hidden->last = hidden->sticky;
  cudaError_t error = cudaSuccess;
  for (auto& failure : hidden->failures[function])
    if (--failure.call == 0) {
      error = failure.error;
      if (failure.sticky) hidden->sticky = error;
    }
  if (error != cudaSuccess) hidden->last = error;
  return error;
}

/// Runs all streams until `until` holds or nothing moves any more.
template <class Until>
void run(const Until& until) {
  for (bool moved = true; moved && !until();) {
    moved = false;
    for (auto* stream : hidden->streams) {
      if (until()) return;
      if (stream->work.empty() || !stream->work.front()()) continue;
      stream->work.pop_front();
      moved = true;
    }
  }
}

}  // namespace

Runtime& runtime() { return hidden->open; }
void reset() { hidden = std::make_unique<Hidden>(); }
void Runtime::fail(const std::string& function, cudaError_t error, int call, bool sticky) {
  hidden->failures[function].push_back({error, call, sticky});
}
void Runtime::recover() {
  hidden->failures.clear();
  hidden->sticky = hidden->last = cudaSuccess;
}

}  // namespace radloom::fake

using radloom::fake::called;
using radloom::fake::hidden;

#define RADLOOM_CALLED()                                             \
  do {                                                               \
    if (const auto e = called(__func__); e != cudaSuccess) return e; \
  } while (false)

extern "C" {

cudaError_t cudaGetLastError() { return std::exchange(hidden->last, cudaSuccess); }
const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorIllegalAddress ? "an illegal memory access was encountered" : "an error";
}
const char* cudaGetErrorName(cudaError_t error) {
  return error == cudaErrorIllegalAddress ? "cudaErrorIllegalAddress" : "cudaErrorOther";
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = hidden->open.driver_version;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = int(hidden->open.devices.size());
  return hidden->open.count_error;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int device) {
  RADLOOM_CALLED();
  const auto& d = hidden->open.devices.at(std::size_t(device));
  *p = {};
  std::strncpy(p->name, d.name.c_str(), sizeof p->name - 1);
  p->totalGlobalMem = d.memory;
  p->major = d.major;
  p->minor = d.minor;
  p->multiProcessorCount = d.processors;
  p->sharedMemPerBlockOptin = 99 * 1024;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  const auto& d = hidden->open.devices.at(std::size_t(device));
  *value = attribute == cudaDevAttrComputeMode ? d.mode : attribute == cudaDevAttrMemoryPoolsSupported ? d.pools : 0;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  RADLOOM_CALLED();
  if (device < 0 || device >= int(hidden->open.devices.size())) return hidden->last = cudaErrorInvalidDevice;
  hidden->open.current_device = device;
  return cudaSuccess;
}
cudaError_t cudaFree(void*) {
  RADLOOM_CALLED();
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* all) {
  RADLOOM_CALLED();
  *free = hidden->open.devices[0].free;
  *all = hidden->open.devices[0].memory;
  return cudaSuccess;
}

cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* properties) {
  RADLOOM_CALLED();
  if (properties->location.type != cudaMemLocationTypeDevice || properties->location.id != hidden->open.current_device)
    return cudaErrorInvalidValue;
  *pool = new CUmemPoolHandle_st;
  ++hidden->open.pools;
  return cudaSuccess;
}
cudaError_t cudaMemPoolDestroy(cudaMemPool_t pool) {
  delete pool;
  --hidden->open.pools;
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr attribute, void* value) {
  RADLOOM_CALLED();
  if (attribute == cudaMemPoolAttrReleaseThreshold) std::memcpy(&hidden->open.release_threshold, value, 8);
  return cudaSuccess;
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, std::size_t) {
  RADLOOM_CALLED();
  hidden->open.pool_keeps = 0;
  return cudaSuccess;
}
cudaError_t cudaMallocFromPoolAsync(void** memory, std::size_t bytes, cudaMemPool_t, cudaStream_t) {
  RADLOOM_CALLED();
  auto& open = hidden->open;
  if (open.pool_bytes + open.pool_keeps + bytes > open.pool_limit) return hidden->last = cudaErrorMemoryAllocation;
  *memory = std::malloc(bytes < 64 ? 64 : bytes);
  hidden->device_memory.emplace(*memory, bytes);
  open.pool_bytes += bytes;
  return cudaSuccess;
}
cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream) {
  RADLOOM_CALLED();
  hidden->open.pool_bytes -= hidden->device_memory.at(memory);
  hidden->device_memory.erase(memory);
  stream->work.push_back([memory] {
    std::free(memory);
    return true;
  });
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned) {
  RADLOOM_CALLED();
  *memory = std::malloc(bytes);
  ++hidden->open.pinned_blocks;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* memory) {
  RADLOOM_CALLED();
  std::free(memory);
  --hidden->open.pinned_blocks;
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  RADLOOM_CALLED();
  *stream = new CUstream_st{int(hidden->streams.size()), {}};
  hidden->streams.push_back(*stream);
  hidden->open.stream_flags = flags;
  ++hidden->open.streams;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  std::erase(hidden->streams, stream);
  delete stream;
  --hidden->open.streams;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  RADLOOM_CALLED();
  radloom::fake::run([&] { return stream->work.empty(); });
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  RADLOOM_CALLED();
  stream->work.push_back([done = event->done] { return *done; });
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  RADLOOM_CALLED();
  *event = new CUevent_st;
  hidden->open.event_flags = flags;
  ++hidden->open.events;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  --hidden->open.events;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  RADLOOM_CALLED();
  event->done = std::make_shared<bool>(false);
  stream->work.push_back([done = event->done] { return *done = true; });
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  RADLOOM_CALLED();
  return *event->done ? cudaSuccess : hidden->last = cudaErrorNotReady;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  RADLOOM_CALLED();
  const auto done = event->done;
  radloom::fake::run([&] { return *done; });
  return *done ? cudaSuccess : cudaErrorUnknown;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  RADLOOM_CALLED();
  stream->work.push_back([=] {
    std::memcpy(to, from, bytes);
    return true;
  });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  RADLOOM_CALLED();
  stream->work.push_back([=] {
    std::memset(to, value, bytes);
    return true;
  });
  return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*) {
  RADLOOM_CALLED();
  *attributes = {};
  attributes->sharedSizeBytes = 1024;
  return cudaSuccess;
}
cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  RADLOOM_CALLED();
  if (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize) hidden->open.opened[kernel] = value;
  return cudaSuccess;
}
cudaError_t cudaLaunchKernel(
    const void* kernel, dim3 blocks, dim3 threads, void**, std::size_t shared_bytes, cudaStream_t stream) {
  RADLOOM_CALLED();
  hidden->open.launches.push_back({kernel, blocks.x, threads.x, shared_bytes, stream->number});
  return cudaSuccess;
}

}  // extern "C"
