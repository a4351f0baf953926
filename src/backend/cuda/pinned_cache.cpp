#include "backend/cuda/pinned_cache.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <bit>
#include <new>

namespace radloom::backend {
namespace {

/// A quarter of an octave at a time, so that buffers of a like size find each other's memory.
std::size_t rounded(std::size_t bytes) {
  constexpr std::size_t least = 4096;
  const std::size_t step = std::max(least, std::bit_floor(bytes) / 4);
  return (bytes + step - 1) / step * step;
}

}  // namespace

PinnedCache::~PinnedCache() { drop_idle(); }

void PinnedCache::drop_idle() noexcept {
  for (const auto& [size, memory] : idle_) (void)cudaFreeHost(memory);
  idle_.clear();
  idle_bytes_ = 0;
}

void* PinnedCache::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const std::size_t size = rounded(bytes);
  const std::lock_guard lock(mutex_);
  void* memory = nullptr;
  std::size_t got = size;
  if (const auto found = idle_.lower_bound(size); found != idle_.end() && found->first / 2 <= size) {
    got = found->first;
    memory = found->second;
    idle_bytes_ -= got;
    idle_.erase(found);
  } else {
    // Sizes that do not come back must not pile up.
    if (idle_bytes_ > peak_bytes_) drop_idle();
    // Portable: a batch prepared for one device may go to another.
    if (cudaHostAlloc(&memory, size, cudaHostAllocPortable) != cudaSuccess) {
      (void)cudaGetLastError();
      drop_idle();
      if (cudaHostAlloc(&memory, size, cudaHostAllocPortable) != cudaSuccess) {
        (void)cudaGetLastError();
        throw std::bad_alloc();
      }
    }
  }
  taken_.emplace(memory, got);
  taken_bytes_ += got;
  peak_bytes_ = std::max(peak_bytes_, taken_bytes_);
  return memory;
}

void PinnedCache::release(void* memory) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = taken_.find(memory);
  if (found == taken_.end()) return;
  taken_bytes_ -= found->second;
  idle_bytes_ += found->second;
  idle_.emplace(found->second, memory);
  taken_.erase(found);
}

std::size_t PinnedCache::idle_bytes() const {
  const std::lock_guard lock(mutex_);
  return idle_bytes_;
}

}  // namespace radloom::backend
