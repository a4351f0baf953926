#pragma once
/// How long tasks worked, where they run inside each other: a thread that waits for the parts of its task takes up other tasks
/// meanwhile, of other families, regions or cases, and what these need is theirs.
#include <tbb/task_arena.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace radloom::backend::cpu {

/// Time summed from any number of threads.
class TaskTime {
 public:
  void add(std::chrono::nanoseconds time) noexcept { sum_.fetch_add(time.count(), std::memory_order_relaxed); }
  double milliseconds() const noexcept { return double(sum_.load(std::memory_order_relaxed)) * 1e-6; }

 private:
  std::atomic<std::int64_t> sum_ = 0;
};

/// One for each arena. Costs two looks at the clock a scope.
class TaskClock {
  using Clock = std::chrono::steady_clock;

 public:
  /// `threads`: how many the arena has at most. TBB can add one, for what other threads leave to an arena of one.
  explicit TaskClock(int threads) : slots_(std::size_t(threads) + 1) {}

  /// Adds the time of its life to `sum`, but for that of the scopes which begin and end on the same thread within it.
  /// Without a sum the time is nobody's. To be made and destroyed on one thread, inside the arena.
  class Scope {
   public:
    Scope(TaskClock& clock, TaskTime* sum) : slot_(clock.here()), outer_(slot_), sum_(sum), since_(Clock::now()) {
      if (outer_) outer_->spend(since_);
      slot_ = this;
    }
    ~Scope() {
      const auto now = Clock::now();
      spend(now);
      if (outer_) outer_->since_ = now;
      slot_ = outer_;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    void spend(Clock::time_point until) noexcept {
      if (sum_) sum_->add(until - since_);
    }
    Scope*& slot_;  ///< the thread's innermost scope
    Scope* outer_;
    TaskTime* sum_;
    Clock::time_point since_;  ///< since when this is the innermost
  };

 private:
  struct alignas(64) Slot {
    Scope* innermost = nullptr;
  };
  /// Each slot is one thread's as long as that has a task of the arena, so nothing is shared.
  Scope*& here() { return slots_.at(std::size_t(tbb::this_task_arena::current_thread_index())).innermost; }
  std::vector<Slot> slots_;
};

}  // namespace radloom::backend::cpu
