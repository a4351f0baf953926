#pragma once
// Memory for a volume that is about to be written whole: not set to zero first, and in huge pages where the system has them.
// Both cost as much as a fast filter otherwise: 512 MiB are 131,072 page faults.
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace radloom {

/// Large blocks that were given back, for the next ones of about their size: the kernel clears every page of a new block, which takes as
/// long as to fill it. Holds at most `most` bytes that nobody uses. Blocks may outlive it. Safe for any number of threads.
class KeptMemory {
 public:
  explicit KeptMemory(std::size_t most) : most_(most) {}
  KeptMemory(const KeptMemory&) = delete;
  KeptMemory& operator=(const KeptMemory&) = delete;
  ~KeptMemory() {
    for (const auto& block : blocks_) std::free(block.memory);
  }

  struct Block {
    void* memory;
    std::size_t bytes;
  };
  /// The smallest block that holds so many bytes, unless half of it would lie idle; else an empty one.
  Block take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    auto best = blocks_.end();
    for (auto it = blocks_.begin(); it != blocks_.end(); ++it)
      if (it->bytes >= bytes && it->bytes / 2 <= bytes && (best == blocks_.end() || it->bytes < best->bytes)) best = it;
    if (best == blocks_.end()) return {nullptr, 0};
    const Block found = *best;
    blocks_.erase(best);
    kept_ -= found.bytes;
    return found;
  }
  /// Keeps a block, or frees it where there is no room.
  void give(const Block& block) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      if (reuses && block.bytes <= most_ - kept_) {
        blocks_.push_back(block);
        kept_ += block.bytes;
        return;
      }
    } catch (const std::bad_alloc&) {
    }
    std::free(block.memory);
  }
  std::size_t kept_bytes() const {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

 private:
#ifdef RADLOOM_SANITIZED
  static constexpr bool reuses = false;  // sanitizers are to see what is used after it was given back
#else
  static constexpr bool reuses = true;
#endif
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::size_t kept_ = 0;
  std::vector<Block> blocks_;
};

/// Room for n values of T, unset; where there is a `kept`, of that if it has some. Throws std::bad_alloc.
template <class T>
std::shared_ptr<T[]> large_memory(std::size_t n, const std::shared_ptr<KeptMemory>& kept = nullptr) {
  constexpr std::size_t page = std::size_t(2) << 20;
  if (n * sizeof(T) < page / 2) return std::make_shared_for_overwrite<T[]>(n);
  const std::size_t bytes = (n * sizeof(T) + page - 1) / page * page;
  KeptMemory::Block block = kept ? kept->take(bytes) : KeptMemory::Block{nullptr, 0};
  if (!block.memory) {
    block = {std::aligned_alloc(page, bytes), bytes};
    if (!block.memory) throw std::bad_alloc();
#if defined(__linux__)
    madvise(block.memory, bytes, MADV_HUGEPAGE);  // a wish: what it answers makes no difference
#endif
  }
  return std::shared_ptr<T[]>(static_cast<T*>(block.memory), [kept, block](T*) {
    if (kept) kept->give(block);
    else std::free(block.memory);
  });
}

}  // namespace radloom
