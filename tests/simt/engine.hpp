#pragma once
/// Blocks, warps and threads of a launch, who runs next, and what has been counted.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernels/common/launch_shape.hpp"
#include "simt/fault.hpp"
#include "simt/fiber.hpp"
#include "simt/shadow.hpp"

RADLOOM_SIMT_UNWATCHED
namespace radloom::simt {

inline constexpr int warp_size = 32;

/// What a launch did. An access is counted for each thread that makes it; `p[i] += v` is a read and a write.
struct Counters {
  std::uint64_t blocks = 0, threads = 0;
  std::uint64_t shared_reads = 0, shared_writes = 0, shared_atomics = 0, shared_bytes = 0;
  std::uint64_t global_reads = 0, global_writes = 0, global_atomics = 0;
  std::uint64_t global_bytes_read = 0, global_bytes_written = 0;  ///< an atomic update is both
  std::uint64_t global_bytes_touched = 0;  ///< each byte once a launch: what caches that forget nothing leave to memory
  std::uint64_t block_barriers = 0;        ///< one for each that a block passes
  std::uint64_t warp_barriers = 0, shuffles = 0, ballots = 0;  ///< one for each that a warp passes
  std::uint64_t bank_conflicts = 0;  ///< only where asked for, see Engine::count_bank_conflicts
  std::uint64_t switches = 0;        ///< of the emulator, from one thread to another
  std::uint64_t accesses() const {
    return shared_reads + shared_writes + shared_atomics + global_reads + global_writes + global_atomics;
  }
  Counters& operator+=(const Counters& o) {
    blocks += o.blocks, threads += o.threads;
    shared_reads += o.shared_reads, shared_writes += o.shared_writes, shared_atomics += o.shared_atomics;
    shared_bytes += o.shared_bytes;
    global_reads += o.global_reads, global_writes += o.global_writes, global_atomics += o.global_atomics;
    global_bytes_read += o.global_bytes_read, global_bytes_written += o.global_bytes_written;
    global_bytes_touched += o.global_bytes_touched;
    block_barriers += o.block_barriers, warp_barriers += o.warp_barriers, shuffles += o.shuffles, ballots += o.ballots;
    bank_conflicts += o.bank_conflicts, switches += o.switches;
    return *this;
  }
};

/// Where a launch looks for memory that a device has allocated.
class Memory {
 public:
  /// The region that `address` lies in, or null. Throws Fault where memory of the device was, or would be, but is not.
  virtual Region* find(std::uintptr_t address) = 0;

 protected:
  ~Memory() = default;
};

/// The addresses that emulated devices have taken, all of them: so that one device's memory is told from another's and from the host's.
/// Nothing lies there; who reads through such an address on the host dies, as on a machine with a device.
class DeviceAddresses {
 public:
  DeviceAddresses() {
    for (size_ = std::size_t(1) << 40; size_ >= std::size_t(1) << 30; size_ /= 2) {
      void* p = mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (p == MAP_FAILED) continue;
      begin_ = reinterpret_cast<std::uintptr_t>(p);
      const std::lock_guard lock(all().mutex);
      all().ranges.emplace_back(begin_, size_);
      return;
    }
    throw std::bad_alloc();
  }
  DeviceAddresses(const DeviceAddresses&) = delete;
  DeviceAddresses& operator=(const DeviceAddresses&) = delete;
  ~DeviceAddresses() {
    {
      const std::lock_guard lock(all().mutex);
      std::erase(all().ranges, std::pair(begin_, size_));
    }
    munmap(reinterpret_cast<void*>(begin_), size_);
  }
  std::uintptr_t begin() const { return begin_; }
  std::size_t size() const { return size_; }

  static bool contain(std::uintptr_t address) {
    const std::lock_guard lock(all().mutex);
    return std::any_of(
        all().ranges.begin(), all().ranges.end(), [&](const auto& r) { return address - r.first < r.second; });
  }

 private:
  struct All {
    std::mutex mutex;
    std::vector<std::pair<std::uintptr_t, std::size_t>> ranges;
  };
  static All& all() {
    static All a;
    return a;
  }
  std::uintptr_t begin_ = 0;
  std::size_t size_ = 0;
};

namespace detail {

enum class Wait : std::uint8_t { none, block, warp, shuffle, ballot };

inline const char* name(Wait w) {
  switch (w) {
    case Wait::block: return "sync_block";
    case Wait::warp: return "sync_warp";
    case Wait::shuffle: return "a shuffle";
    case Wait::ballot: return "ballot";
    default: return "nothing";
  }
}

struct Block;

struct Warp {
  std::uint32_t interval = 0;
  Key key = 0;
  int waiting = 0;   ///< lanes at a barrier or collective of the warp
  int at_block = 0;  ///< lanes at a barrier of the block
  int ended = 0;     ///< lanes that left the body
  Wait wait = Wait::none;
  Site site{};
  std::array<std::vector<std::uint32_t>, warp_size>
      shared_log;                         ///< accesses of each lane since the last barrier or collective
  unsigned turn = 0;                      ///< which half of `sent` the running collective uses
  std::uint64_t sent[2][warp_size] = {};  ///< what lanes give each other
};

/// An array of the block's shared memory.
struct SharedArray {
  std::size_t offset, words, word_bytes;
  Cell* cells;
};

struct Thread {
  Fiber fiber;
  Block* block = nullptr;
  Warp* warp = nullptr;
  int index = 0;
  unsigned lane = 0;
  std::size_t shared_calls = 0;
  bool suspended = false;  ///< inside the body, somewhere in a wait
};

/// A block that is on the machine: several are at once, so that what they do to each other by atomics is seen.
struct Block {
  std::int64_t index = -1;
  std::uint64_t barriers = 0;
  int waiting = 0, ended = 0;
  Site site{};
  Mark base = 0;  ///< marks from here on are of this block
  std::uint64_t stamp = 0;
  std::vector<SharedArray> shared;
  std::size_t shared_used = 0;
  std::vector<std::byte> memory;
  std::vector<Cell> cells;
  std::size_t cells_used = 0;
  std::array<Warp, 32> warps;
  std::vector<std::unique_ptr<Thread>> threads;
};

/// Ends a thread whose launch has failed; bodies do not see it.
struct Unwind {};

inline std::uint64_t next_stamp() {
  static std::atomic<std::uint64_t> stamps{0};
  return ++stamps;
}

}  // namespace detail

/// Runs launches, one at a time. Each thread of the operating system has its own (`engine()`), which keeps stacks for later launches.
class Engine {
 public:
  using Job = void (*)(const void* body, Engine& engine, detail::Thread& thread);

  /// Throws Fault for a shape that no device takes.
  static void check(const LaunchShape& s);

  /// Runs `job` for every thread of the launch; throws what is found wrong first.
  Counters run(Job job, const void* body, const LaunchShape& shape, std::uint64_t seed, Memory* memory);

  const LaunchShape& shape() const { return shape_; }
  const Now& now() const { return now_; }
  Mark launch_base() const { return launch_base_; }
  detail::Thread& current() const { return *current_; }
  Counters& counters() { return counters_; }

  // ---- barriers and collectives

  void sync_block(const Site& at);
  void sync_warp(const Site& at);
  /// Gives `sent` to the warp; returns what every lane has given once all have come.
  const std::uint64_t* exchange(detail::Wait what, std::uint64_t sent, const Site& at);

  /// Atomics are where threads see each other between barriers, so another thread may come first there: more often where order decides
  /// what is seen (`weight` 8) than where updates commute (1).
  void perhaps_another(int weight) {
    patience_ -= weight;
    if (patience_ < 0) [[unlikely]]
      another();
  }

  /// Whether shared bank conflicts are counted in later launches: how many more times than once the accesses of a warp need a bank. Which
  /// accesses of the lanes belong together is a guess: the k-th of each since the last barrier or collective, as if lanes that skip an
  /// access stayed behind by one. That is right where lanes do the same, and near it where they part for a few accesses. 32 banks of 4
  /// bytes; words of 8 bytes go half a warp at a time; one word read by many lanes is one access, changed atomically by many it is many. Only the
  /// first 65,536 accesses between two barriers count.
  void count_bank_conflicts(bool yes) { banks_ = yes; }
  bool counts_banks() const { return banks_; }
  void log_shared(std::size_t byte, std::size_t bytes, Touch kind);

  // ---- memory

  const detail::SharedArray& shared(std::size_t words, std::size_t word_bytes, std::size_t granule, const Site& at);

  /// The region of a view; null for plain memory of the host, whose shadow is kept by pages.
  Region* region(std::uintptr_t address, std::size_t bytes, const Site& at) {
    auto& last = regions_[(address >> 4 ^ address >> 12) % regions_.size()];
    if (!last || address - last->address >= last->size) {
      Region* found = memory_ ? memory_->find(address) : nullptr;
      if (!found) {
        if (DeviceAddresses::contain(address))
          throw Fault("memory of a device in a launch that is not that device's: " + who() + " at " + text(at));
        if (memory_)
          throw Fault("host memory in a launch of a device: " + who() + " makes a view of it at " + text(at));
        return nullptr;
      }
      last = found;
    }
    if (last->released)
      throw Fault("use after release: " + who() + " makes a view of memory that was given back, at " + text(at));
    if (address + bytes > last->address + last->size)
      throw Fault("out of bounds: " + who() + " makes a view of " + std::to_string(bytes) + " bytes, " +
                  std::to_string(address + bytes - last->address - last->size) +
                  " beyond the end of its allocation, at " + text(at));
    return last;
  }

  /// The page of plain memory that `address` lies in.
  Page& page(std::uintptr_t address) {
    const std::uintptr_t number = address >> Page::size_shift;
    auto& last = recent_[number % recent_.size()];
    if (last.first != number || !last.second) {
      auto& page = plain_[number];
      if (!page) page = std::make_unique<Page>();
      last = {number, page.get()};
    }
    return *last.second;
  }

  /// Makes a page ready for this launch, at the first touch. Marks that another engine, or this one before its numbers started
  /// anew, has left mean nothing here.
  void use(Page& page) {
    if (page.launch == launch_) return;
    if (page.stamp != stamp_) page.drop();
    page.stamp = stamp_;
    page.launch = launch_;
    if (!page.cells) page.make();
  }
  /// Of the running launch, or the last one; no two launches of the process have the same.
  std::uint64_t launch_number() const { return launch_; }

  /// For messages.
  std::string who() const;
  std::string who(Mark mark) const;

 private:
  int warps() const { return shape_.threads / warp_size; }

  void begin(Job job, const void* body, const LaunchShape& shape, std::uint64_t seed, Memory* memory);

  /// Puts the next block of the grid where `block` was. False: there is none.
  bool start_block(detail::Block& block);
  void new_interval(detail::Block& block, int w);
  static constexpr std::uint32_t atomic_access = 1u << 31, wide_access = 1u << 30;
  void count_banks(detail::Warp& warp);

  static bool same(const Site& a, const Site& b);
  [[noreturn]] void diverged(
      const Site& at, detail::Wait wait, const Site& other, detail::Wait other_wait, const char* of);

  /// True for the lane that comes last; others return when it lets them go.
  bool arrive(detail::Wait what, const Site& at);
  void go_on();

  /// Makes threads ready, in shuffled order. If `self` is one of them, some thread of all goes on first.
  void release(detail::Block& block, int first, int last, detail::Thread* self);

  /// Who runs next: any that is ready, or (in half of the launches) mostly those that became ready last, so that warps and
  /// blocks get far ahead of others.
  detail::Thread* pick();

  void another();
  void suspend();
  void change_to(detail::Thread& t);
  static void thread_main();
  void enter(Fiber& from, detail::Thread& to);

  /// The life of a stack: one thread of a launch after the other.
  void live(detail::Thread& self);

  void leave(detail::Thread& self);
  [[noreturn]] void uneven_shared() const;

  /// Leaves every body that is still somewhere in a wait, so that its objects are destroyed.
  void unwind();

  bool banks_ = false;
  bool running_ = false, unwinding_ = false, newest_first_ = false;
  Job job_ = nullptr;
  const void* body_ = nullptr;
  LaunchShape shape_;
  Memory* memory_ = nullptr;
  Random random_{0};
  int patience_ = 0;
  Counters counters_;
  std::exception_ptr fault_;

  Now now_;
  std::uint32_t intervals_ = 1;
  Mark launch_base_ = 0;
  std::vector<Key> keys_;
  std::uint64_t stamp_ = detail::next_stamp(), launch_ = 0;

  std::int64_t next_block_ = 0, offset_ = 0, stride_ = 1;
  int resident_ = 0;
  std::vector<std::unique_ptr<detail::Block>> blocks_;
  std::vector<detail::Thread*> ready_;
  detail::Thread *current_ = nullptr, *entering_ = nullptr;
  Fiber main_;

  std::array<Region*, 64> regions_{};
  std::array<std::pair<std::uintptr_t, Page*>, 1024> recent_{};
  std::unordered_map<std::uintptr_t, std::unique_ptr<Page>> plain_;
};

/// The engine of this thread of the operating system.
Engine& engine();

}  // namespace radloom::simt
RADLOOM_SIMT_WATCHED
