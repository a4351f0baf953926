#include "backend/cuda/cuda_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace radloom::backend {

CudaState::CudaState(int device, const CudaOptions& options) : ordinal(device), name(fmt::format("cuda:{}", device)) {
  if (options.streams < 1) throw std::invalid_argument("a device needs at least one stream");
  try {
    take(options);
  } catch (...) {
    give_back();
    throw;
  }
}

CudaState::~CudaState() { give_back(); }

void CudaState::take(const CudaOptions& options) {
  check(cudaSetDevice(ordinal), "it was chosen");
  check(cudaFree(nullptr), "its context was made");  // the runtime makes it at the first call that needs it
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, ordinal), "its properties were read");
  name = fmt::format("{} (cuda:{})", properties.name, ordinal);
  shared_limit = properties.sharedMemPerBlockOptin;

  std::size_t free = 0, all = 0;
  check(cudaMemGetInfo(&free, &all), "its memory was measured");
  budget = std::size_t(double(free) * std::clamp(options.memory_share, 0.0, 1.0));

  cudaMemPoolProps pool{};
  pool.allocType = cudaMemAllocationTypePinned;  // the only one there is: memory that stays where it is
  pool.location.type = cudaMemLocationTypeDevice;
  pool.location.id = ordinal;
  check(cudaMemPoolCreate(&pool_, &pool), "its memory pool was made");
  // The pool keeps what it got: the steady state asks the driver for nothing.
  auto keep = std::numeric_limits<std::uint64_t>::max();
  check(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep), "its memory pool was set up");

  for (int s = 0; s < options.streams; ++s) {
    cudaStream_t made = nullptr;
    // Non-blocking: the default stream, which others in this process may use, orders nothing here.
    check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "its streams were made");
    streams.push_back({made, {}});
  }
}

void CudaState::give_back() noexcept {
  // Errors say no more here: whoever could act on them has heard of them, and the driver may be gone already.
  (void)cudaSetDevice(ordinal);
  for (const auto& stream : streams) (void)cudaStreamSynchronize(stream.stream);
  for (const auto& [number, open] : events_) (void)cudaEventDestroy(open.event);
  for (cudaEvent_t event : spare_) (void)cudaEventDestroy(event);
  for (const auto& stream : streams) (void)cudaStreamDestroy(stream.stream);
  if (pool_) (void)cudaMemPoolDestroy(pool_);
  (void)cudaGetLastError();
}

void CudaState::enter() {
  if (lost_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(lost_mutex_);
    throw DeviceLost(why_lost_);
  }
  check(cudaSetDevice(ordinal), "it was chosen");
}

void CudaState::check(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();  // else the next launch reports it again
  if (error == cudaErrorMemoryAllocation) throw DeviceOutOfMemory();
  // Every other error ends the device. Those of a kernel come back from every later call anyway, and those that do not were never
  // meant to happen, so that nothing can be said of what is in its memory.
  const std::lock_guard lock(lost_mutex_);
  if (!lost_) {
    why_lost_ =
        fmt::format("{} failed while {}: {} ({})", name, doing, cudaGetErrorString(error), cudaGetErrorName(error));
    lost_.store(true, std::memory_order_release);
  }
  throw DeviceLost(why_lost_);
}

void* CudaState::allocate(std::size_t bytes, Stream number) {
  enter();
  if (bytes == 0) return nullptr;
  {
    const std::lock_guard lock(memory_mutex_);
    if (bytes > budget - bytes_) throw DeviceOutOfMemory();
    bytes_ += bytes;
  }
  void* memory = nullptr;
  try {
    const auto to = stream(number);
    if (cudaMallocFromPoolAsync(&memory, bytes, pool_, to) != cudaSuccess) {
      // What the pool keeps may be in pieces of the wrong sizes, or others took memory meanwhile: it gives back what is idle and
      // tries once more.
      (void)cudaGetLastError();
      memory = nullptr;
      check(cudaStreamSynchronize(to), "work was awaited for its memory");
      check(cudaMemPoolTrimTo(pool_, 0), "memory was given back");
      check(cudaMallocFromPoolAsync(&memory, bytes, pool_, to), "memory was allocated");
    }
    const std::lock_guard lock(memory_mutex_);
    allocated_.emplace(memory, bytes);
    peak_bytes_ = std::max(peak_bytes_, bytes_);
  } catch (...) {
    if (memory) (void)cudaFreeAsync(memory, stream(number));
    const std::lock_guard lock(memory_mutex_);
    bytes_ -= bytes;
    throw;
  }
  return memory;
}

void CudaState::release(void* memory, Stream number) noexcept {
  if (!memory) return;
  {
    const std::lock_guard lock(memory_mutex_);
    const auto found = allocated_.find(memory);
    if (found == allocated_.end()) return;
    bytes_ -= found->second;
    allocated_.erase(found);
  }
  // Where the device is lost, this fails, and its memory with it.
  if (cudaSetDevice(ordinal) != cudaSuccess || cudaFreeAsync(memory, stream(number)) != cudaSuccess)
    (void)cudaGetLastError();
}

std::size_t CudaState::peak_bytes() const {
  const std::lock_guard lock(memory_mutex_);
  return peak_bytes_;
}

void CudaState::recycle(OrderedStream& on) {
  while (!on.open.empty()) {
    const auto found = events_.find(on.open.front());
    if (found->second.waiting > 0) return;
    const cudaError_t state = cudaEventQuery(found->second.event);
    if (state == cudaErrorNotReady) {
      (void)cudaGetLastError();
      return;
    }
    check(state, "an event was looked at");
    spare_.push_back(found->second.event);
    events_.erase(found);
    on.open.pop_front();
  }
}

Event CudaState::record(Stream number) {
  enter();
  const std::lock_guard lock(event_mutex_);
  auto& on = streams.at(std::size_t(number));
  recycle(on);
  if (spare_.empty()) {
    cudaEvent_t event = nullptr;
    // Blocking: who waits sleeps, so that the processor reads the next cases meanwhile.
    check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming | cudaEventBlockingSync), "an event was made");
    spare_.push_back(event);
  }
  check(cudaEventRecord(spare_.back(), on.stream), "an event was recorded");
  const std::uint64_t event = ++last_number_;
  events_.emplace(event, OpenEvent{spare_.back(), number, 0});
  spare_.pop_back();
  on.open.push_back(event);
  return {event};
}

void CudaState::wait(Stream number, Event event) {
  enter();
  const std::lock_guard lock(event_mutex_);
  const auto found = events_.find(event.number);
  if (found == events_.end()) return;  // seen complete: nothing to wait for
  if (found->second.stream == number) return;
  check(cudaStreamWaitEvent(stream(number), found->second.event, 0), "a stream was told to wait");
}

void CudaState::synchronise(Event event) {
  enter();
  std::unique_lock lock(event_mutex_);
  const auto found = events_.find(event.number);
  if (found == events_.end()) return;
  // A reference into an unordered_map stays valid while others come and go.
  OpenEvent& open = found->second;
  ++open.waiting;
  lock.unlock();
  const cudaError_t error = cudaEventSynchronize(open.event);
  lock.lock();
  --open.waiting;
  check(error, "work was awaited");
  recycle(streams.at(std::size_t(open.stream)));
}

void CudaState::open_shared(const void* kernel) {
  const std::lock_guard lock(kernel_mutex_);
  if (opened_.contains(kernel)) return;
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, kernel), "a kernel was looked at");
  const auto dynamic = int(shared_limit - attributes.sharedSizeBytes);
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, dynamic),
      "a kernel was given more shared memory");
  opened_.insert(kernel);
}

}  // namespace radloom::backend
