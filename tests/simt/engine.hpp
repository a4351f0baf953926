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
  static void check(const LaunchShape& s) {
    const auto refuse = [&](const char* why) {
      throw Fault(
          "launch of " + std::to_string(s.blocks) + " blocks of " + std::to_string(s.threads) + " threads: " + why);
    };
    if (s.threads <= 0 || s.threads % warp_size || s.threads > 1024)
      refuse("threads must be a multiple of 32, at most 1,024");
    if (s.blocks < 0 || s.blocks > 2147483647) refuse("blocks must be at most 2^31 - 1");
    if (s.shared_bytes > (std::size_t(1) << 20)) refuse("no device has that much shared memory");
  }

  /// Runs `job` for every thread of the launch; throws what is found wrong first.
  Counters run(Job job, const void* body, const LaunchShape& shape, std::uint64_t seed, Memory* memory) {
    check(shape);
    if (shape.blocks <= 0) return {};
    if (current_ || running_) throw Fault("a launch inside a launch");
    const FramesOnTheStack frames;
    begin(job, body, shape, seed, memory);
    for (int slot = 0; slot < resident_; ++slot) start_block(*blocks_[slot]);
    if (detail::Thread* t = pick()) enter(main_, *t);
    if (fault_) unwind();
    running_ = false;
    if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
    return counters_;
  }

  const LaunchShape& shape() const { return shape_; }
  const Now& now() const { return now_; }
  Mark launch_base() const { return launch_base_; }
  detail::Thread& current() const { return *current_; }
  Counters& counters() { return counters_; }

  // ---- barriers and collectives

  void sync_block(const Site& at) {
    auto& self = *current_;
    auto& block = *self.block;
    if (self.warp->waiting) diverged(at, detail::Wait::block, self.warp->site, self.warp->wait, "of the warp");
    if (block.ended)
      throw Fault("divergent barrier: threads of the block have ended, " + who() + " is at sync_block at " + text(at));
    if (block.waiting == 0) block.site = at;
    else if (!same(block.site, at)) diverged(at, detail::Wait::block, block.site, detail::Wait::block, "of the block");
    ++self.warp->at_block;
    if (++block.waiting < shape_.threads) return suspend();
    ++counters_.block_barriers;
    block.waiting = 0;
    ++block.barriers;
    for (int w = 0; w < warps(); ++w) {
      block.warps[w].at_block = 0;
      new_interval(block, w);
    }
    release(block, 0, shape_.threads, &self);
  }

  void sync_warp(const Site& at) {
    if (!arrive(detail::Wait::warp, at)) return;
    ++counters_.warp_barriers;
    auto& block = *current_->block;
    new_interval(block, current_->index / warp_size);
    go_on();
  }

  /// Gives `sent` to the warp; returns what every lane has given once all have come.
  const std::uint64_t* exchange(detail::Wait what, std::uint64_t sent, const Site& at) {
    auto& warp = *current_->warp;
    const unsigned turn = warp.turn;
    warp.sent[turn][current_->lane] = sent;
    if (arrive(what, at)) {
      ++(what == detail::Wait::ballot ? counters_.ballots : counters_.shuffles);
      if (banks_) count_banks(warp);
      warp.turn ^= 1;  // a lane that is ahead fills the other half; it cannot come to this one before all have read it
      go_on();
    }
    return warp.sent[turn];
  }

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
  void log_shared(std::size_t byte, std::size_t bytes, Touch kind) {
    auto& log = current_->warp->shared_log[current_->lane];
    if (log.size() < 65536)
      log.push_back(
          std::uint32_t(byte / 4) | (kind == Touch::atomic ? atomic_access : 0u) | (bytes == 8 ? wide_access : 0u));
  }

  // ---- memory

  const detail::SharedArray& shared(std::size_t words, std::size_t word_bytes, std::size_t granule, const Site& at) {
    auto& self = *current_;
    auto& block = *self.block;
    const std::size_t call = self.shared_calls++;
    if (call == block.shared.size()) {
      const std::size_t bytes = (words * word_bytes + 15) / 16 * 16;
      if (words > (std::size_t(1) << 30) || block.shared_used + bytes > shape_.shared_bytes)
        throw Fault("shared memory: " + std::to_string(block.shared_used) + " + " + std::to_string(words) + " * " +
                    std::to_string(word_bytes) + " bytes are taken at " + text(at) + ", the launch asked for " +
                    std::to_string(shape_.shared_bytes));
      const std::size_t cells = words * word_bytes / granule;
      std::memset(block.memory.data() + block.shared_used, 0xcd, bytes);
      block.shared.push_back({block.shared_used, words, word_bytes, block.cells.data() + block.cells_used});
      block.shared_used += bytes;
      block.cells_used += cells;
    }
    const auto& array = block.shared[call];
    if (array.words != words || array.word_bytes != word_bytes)
      throw Fault("shared memory: threads of the block ask for different arrays; " + who() + " at " + text(at));
    return array;
  }

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
  std::string who() const {
    return "thread " + std::to_string(current_->index) + " of block " + std::to_string(current_->block->index);
  }
  std::string who(Mark mark) const {
    const Key key = now_.key_of_mark(mark & ~1u);
    return "thread " + std::to_string((key & 31) * warp_size + lane_of(mark)) + " of block " +
           std::to_string(key >> 33);
  }

 private:
  int warps() const { return shape_.threads / warp_size; }

  void begin(Job job, const void* body, const LaunchShape& shape, std::uint64_t seed, Memory* memory) {
    running_ = true;
    unwinding_ = false;
    fault_ = nullptr;
    job_ = job, body_ = body, shape_ = shape, memory_ = memory;
    random_ = Random(seed);
    patience_ = 0;
    counters_ = {};
    if (intervals_ > most_intervals / 2) {  // numbers start anew, and all shadows with them
      intervals_ = 1;
      stamp_ = detail::next_stamp();
    }
    launch_ = detail::next_stamp();
    if (plain_.size() > 64) plain_.clear();
    recent_.fill({});
    regions_.fill(nullptr);
    keys_.clear();
    now_.first_interval = intervals_;
    launch_base_ = mark_of(intervals_, 0);
    newest_first_ = random_() & 1;
    // Blocks start in shuffled order: i -> (a i + c) mod n, where a has no factor in common with n.
    next_block_ = 0;
    offset_ = random_.below(std::uint32_t(shape.blocks));
    do stride_ = 1 + random_.below(std::uint32_t(shape.blocks));
    while (std::gcd(stride_, shape.blocks) != 1);
    const int most = std::clamp(2048 / shape.threads, 1, 4);
    resident_ = int(std::min<std::int64_t>(shape.blocks, 1 + random_.below(std::uint32_t(most))));
    while (int(blocks_.size()) < resident_) blocks_.push_back(std::make_unique<detail::Block>());
    for (int b = 0; b < resident_; ++b) {
      auto& block = *blocks_[b];
      block.memory.resize(std::max(block.memory.size(), shape.shared_bytes));
      if (block.cells.size() < shape.shared_bytes) block.cells.resize(shape.shared_bytes);
      if (block.stamp != stamp_) std::fill(block.cells.begin(), block.cells.end(), Cell{});
      block.stamp = stamp_;
      while (int(block.threads.size()) < shape.threads) {
        block.threads.push_back(std::make_unique<detail::Thread>());
        block.threads.back()->fiber.prepare(&Engine::thread_main, unsigned(block.threads.size()));
      }
    }
    ready_.clear();
    ready_.reserve(std::size_t(resident_) * shape.threads);
  }

  /// Puts the next block of the grid where `block` was. False: there is none.
  bool start_block(detail::Block& block) {
    if (next_block_ == shape_.blocks) return false;
    block.index = (offset_ + next_block_++ * stride_) % shape_.blocks;
    block.barriers = 0;
    block.waiting = block.ended = 0;
    block.base = mark_of(intervals_, 0);
    block.shared.clear();
    block.shared.reserve(64);
    block.shared_used = block.cells_used = 0;
    for (int w = 0; w < warps(); ++w) {
      auto& warp = block.warps[w];
      warp.waiting = warp.at_block = warp.ended = 0;
      for (auto& log : warp.shared_log) log.clear();
      new_interval(block, w);
    }
    for (int t = 0; t < shape_.threads; ++t) {
      auto& thread = *block.threads[t];
      thread.block = &block;
      thread.warp = &block.warps[t / warp_size];
      thread.index = t;
      thread.lane = unsigned(t % warp_size);
      thread.shared_calls = 0;
    }
    release(block, 0, shape_.threads, nullptr);
    ++counters_.blocks;
    counters_.threads += std::uint64_t(shape_.threads);
    return true;
  }

  void new_interval(detail::Block& block, int w) {
    if (intervals_ == most_intervals) throw Fault("the launch is too long for the emulator: 2^26 barriers of warps");
    auto& warp = block.warps[w];
    if (banks_) count_banks(warp);
    warp.interval = intervals_++;
    warp.key = key_of(std::uint64_t(block.index), block.barriers, std::uint64_t(w));
    keys_.push_back(warp.key);
    now_.keys = keys_.data();
  }

  static constexpr std::uint32_t atomic_access = 1u << 31, wide_access = 1u << 30;
  void count_banks(detail::Warp& warp) {
    std::size_t longest = 0;
    for (const auto& log : warp.shared_log) longest = std::max(longest, log.size());
    for (std::size_t k = 0; k < longest; ++k) {
      std::array<std::vector<std::uint32_t>, warp_size> banks;
      std::size_t most = 1;
      const auto settle = [&] {
        counters_.bank_conflicts += most - 1;
        banks = {};
        most = 1;
      };
      bool wide = false;
      for (int lane = 0; lane < warp_size; ++lane) {
        if (lane == warp_size / 2 && wide) settle();
        if (k >= warp.shared_log[lane].size()) continue;
        const std::uint32_t access = warp.shared_log[lane][k], word = access & ~(atomic_access | wide_access);
        wide |= (access & wide_access) != 0;
        for (std::uint32_t w = word; w <= word + ((access & wide_access) != 0); ++w) {
          auto& bank = banks[w % 32];
          if (!(access & atomic_access) && std::find(bank.begin(), bank.end(), w) != bank.end()) continue;
          bank.push_back(w);
          most = std::max(most, bank.size());
        }
      }
      settle();
    }
    for (auto& log : warp.shared_log) log.clear();
  }

  static bool same(const Site& a, const Site& b) {
    const auto equal = [](const char* x, const char* y) { return x == y || std::strcmp(x, y) == 0; };
    return a.line() == b.line() && a.column() == b.column() && equal(a.file_name(), b.file_name()) &&
           equal(a.function_name(), b.function_name());
  }

  [[noreturn]] void diverged(
      const Site& at, detail::Wait wait, const Site& other, detail::Wait other_wait, const char* of) {
    throw Fault("divergent barrier: " + who() + " is at " + name(wait) + " at " + text(at) + " while threads " + of +
                " are at " + name(other_wait) + " at " + text(other));
  }

  /// True for the lane that comes last; others return when it lets them go.
  bool arrive(detail::Wait what, const Site& at) {
    auto& self = *current_;
    auto& warp = *self.warp;
    if (warp.at_block) diverged(at, what, self.block->site, detail::Wait::block, "of the warp");
    if (warp.ended)
      throw Fault(std::string("divergent barrier: lanes of the warp have ended, ") + who() + " is at " + name(what) +
                  " at " + text(at));
    if (warp.waiting == 0) warp.site = at, warp.wait = what;
    else if (warp.wait != what || !same(warp.site, at)) diverged(at, what, warp.site, warp.wait, "of the warp");
    if (++warp.waiting == warp_size) {
      warp.waiting = 0;
      return true;
    }
    suspend();
    return false;
  }
  void go_on() {
    const int first = current_->index / warp_size * warp_size;
    release(*current_->block, first, first + warp_size, current_);
  }

  /// Makes threads ready, in shuffled order. If `self` is one of them, some thread of all goes on first.
  void release(detail::Block& block, int first, int last, detail::Thread* self) {
    const std::size_t begin = ready_.size();
    for (int t = first; t < last; ++t) ready_.push_back(block.threads[t].get());
    if (newest_first_)
      for (std::size_t i = ready_.size() - 1; i > begin; --i)
        std::swap(ready_[i], ready_[begin + random_.below(std::uint32_t(i - begin + 1))]);
    if (self) change_to(*pick());
  }

  /// Who runs next: any that is ready, or (in half of the launches) mostly those that became ready last, so that warps and
  /// blocks get far ahead of others.
  detail::Thread* pick() {
    if (ready_.empty()) return nullptr;
    if (!newest_first_ || (random_() & 31) == 0)
      std::swap(ready_[random_.below(std::uint32_t(ready_.size()))], ready_.back());
    detail::Thread* t = ready_.back();
    ready_.pop_back();
    return t;
  }

  __attribute__((noinline)) void another() {
    patience_ = int(random_.below(128));
    if (ready_.empty() || unwinding_) return;
    const std::uint32_t i = random_.below(std::uint32_t(ready_.size()));
    detail::Thread* const t = std::exchange(ready_[i], current_);
    change_to(*t);
  }

  void suspend() {
    detail::Thread* t = pick();
    // Every wait is checked when it begins, so there is always someone who can go on.
    if (!t) throw Fault("divergent barrier: every thread waits");
    change_to(*t);
  }

  void change_to(detail::Thread& t) {
    detail::Thread* self = current_;
    if (&t != self) {
      ++counters_.switches;
      self->suspended = true;
      enter(self->fiber, t);
      self->suspended = false;
      current_ = self;
      if (unwinding_) throw detail::Unwind{};
    }
    now_.mark = mark_of(self->warp->interval, self->lane);
    now_.key = self->warp->key;
  }

  static void thread_main();
  void enter(Fiber& from, detail::Thread& to) {
    entering_ = &to;
    Fiber::change(from, to.fiber);
  }

  /// The life of a stack: one thread of a launch after the other.
  void live(detail::Thread& self) {
    for (;;) {
      current_ = &self;
      now_.mark = mark_of(self.warp->interval, self.lane);
      now_.key = self.warp->key;
      try {
        job_(body_, *this, self);
        leave(self);
      } catch (const detail::Unwind&) {
      } catch (...) {
        if (!fault_) fault_ = std::current_exception();
      }
      detail::Thread* next = fault_ ? nullptr : pick();
      if (next == &self) continue;
      current_ = nullptr;
      ++counters_.switches;
      if (next) enter(self.fiber, *next);
      else Fiber::change(self.fiber, main_);
    }
  }

  void leave(detail::Thread& self) {
    auto& block = *self.block;
    auto& warp = *self.warp;
    if (warp.waiting)
      throw Fault("divergent barrier: " + who() + " ends while lanes of its warp are at " + name(warp.wait) + " at " +
                  text(warp.site));
    if (block.waiting)
      throw Fault(
          "divergent barrier: " + who() + " ends while threads of its block are at sync_block at " + text(block.site));
    ++warp.ended;
    if (self.shared_calls != block.threads[0]->shared_calls && block.ended + 1 == shape_.threads) uneven_shared();
    if (++block.ended == shape_.threads) {
      for (int t = 0; t < shape_.threads; ++t)
        if (block.threads[t]->shared_calls != self.shared_calls) uneven_shared();
      if (banks_)
        for (int w = 0; w < warps(); ++w) count_banks(block.warps[w]);
      start_block(block);
    }
  }
  [[noreturn]] void uneven_shared() const {
    throw Fault("shared memory: threads of block " + std::to_string(current_->block->index) +
                " made different numbers of calls of shared()");
  }

  /// Leaves every body that is still somewhere in a wait, so that its objects are destroyed.
  void unwind() {
    unwinding_ = true;
    for (int b = 0; b < resident_; ++b)
      for (int t = 0; t < shape_.threads; ++t)
        if (auto& thread = *blocks_[b]->threads[t]; thread.suspended) enter(main_, thread);
    unwinding_ = false;
    current_ = nullptr;
  }

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
inline Engine& engine() {
  static thread_local Engine e;
  return e;
}

inline void Engine::thread_main() {
  Engine& e = engine();
  detail::Thread& self = *e.entering_;
  self.fiber.arrived();
  e.live(self);
}

}  // namespace radloom::simt
