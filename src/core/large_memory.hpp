#pragma once
// Memory for a volume that is about to be written whole: not set to zero first, and in huge pages where the system has them.
// Both cost as much as a fast filter otherwise: 512 MiB are 131,072 page faults.
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace radloom {

/// Room for n values of T, unset. Throws std::bad_alloc.
template <class T>
std::shared_ptr<T[]> large_memory(std::size_t n) {
  constexpr std::size_t page = std::size_t(2) << 20;
  const std::size_t bytes = n * sizeof(T);
  if (bytes < 4 * page) return std::make_shared_for_overwrite<T[]>(n);
  void* const memory = std::aligned_alloc(page, (bytes + page - 1) / page * page);
  if (!memory) throw std::bad_alloc();
#if defined(__linux__)
  madvise(memory, (bytes + page - 1) / page * page, MADV_HUGEPAGE);  // a wish: what it answers makes no difference
#endif
  return std::shared_ptr<T[]>(static_cast<T*>(memory), [](T* p) { std::free(p); });
}

}  // namespace radloom
