#pragma once
#include <cstddef>
#include <map>
#include <mutex>
#include <unordered_map>

namespace radloom::backend {

/// Page-locked host memory, kept when it is given back: locking pages takes longer than copying through them, and giving them back
/// waits for the whole device.
class PinnedCache {
 public:
  PinnedCache() = default;
  PinnedCache(const PinnedCache&) = delete;
  PinnedCache& operator=(const PinnedCache&) = delete;
  ~PinnedCache();
  /// Throws std::bad_alloc. The memory may be up to twice as large.
  void* allocate(std::size_t bytes);
  void release(void* memory) noexcept;
  std::size_t idle_bytes() const;

 private:
  void drop_idle() noexcept;

  mutable std::mutex mutex_;
  std::multimap<std::size_t, void*> idle_;  // by size
  std::unordered_map<void*, std::size_t> taken_;
  std::size_t idle_bytes_ = 0, taken_bytes_ = 0, peak_bytes_ = 0;
};

}  // namespace radloom::backend
