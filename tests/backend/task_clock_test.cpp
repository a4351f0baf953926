#include "backend/cpu/task_clock.hpp"

#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include <stdexcept>

namespace radloom::backend::cpu {
namespace {

using Clock = std::chrono::steady_clock;
double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}
void work(double milliseconds) {
  for (const auto start = Clock::now(); milliseconds_since(start) < milliseconds;) {
  }
}

// The sums of scopes that lie within each other cannot exceed the time that passed if each is given its own time alone.
TEST(TaskClock, TimeOfAnInnerScopeIsNotTheOuters) {
  tbb::task_arena arena(1);
  TaskClock clock(1);
  TaskTime outer, inner;
  arena.execute([&] {
    const auto start = Clock::now();
    {
      const TaskClock::Scope a(clock, &outer);
      work(2);
      {
        const TaskClock::Scope b(clock, &inner);
        work(20);
        const TaskClock::Scope nobodys(clock, nullptr);
        work(20);
      }
      work(2);
    }
    const double passed = milliseconds_since(start);
    EXPECT_GE(outer.milliseconds(), 4);
    EXPECT_GE(inner.milliseconds(), 20);
    EXPECT_LE(outer.milliseconds() + inner.milliseconds(), passed - 20);
  });
}

TEST(TaskClock, AScopeThatAnExceptionLeavesGivesTheTimeBack) {
  tbb::task_arena arena(1);
  TaskClock clock(1);
  TaskTime outer, inner;
  arena.execute([&] {
    const TaskClock::Scope a(clock, &outer);
    try {
      const TaskClock::Scope b(clock, &inner);
      throw std::runtime_error("");
    } catch (const std::runtime_error&) {
    }
    work(5);
  });
  EXPECT_GE(outer.milliseconds(), 5);
  EXPECT_LT(inner.milliseconds(), outer.milliseconds());
}

// Threads that wait for their parts take up other tasks: more than there are threads would be counted if these were in both.
TEST(TaskClock, ThreadsTogetherCountNoMoreThanTheyHave) {
  constexpr int threads = 4;
  tbb::task_arena arena(threads);
  TaskClock clock(threads);
  TaskTime outer, inner;
  const auto start = Clock::now();
  arena.execute([&] {
    tbb::parallel_for(0, 16, [&](int) {
      const TaskClock::Scope a(clock, &outer);
      tbb::parallel_for(0, 8, [&](int) {
        const TaskClock::Scope b(clock, &inner);
        work(0.5);
      });
    });
  });
  const double passed = milliseconds_since(start);
  EXPECT_GE(inner.milliseconds(), 16 * 8 * 0.5);
  EXPECT_LE(outer.milliseconds() + inner.milliseconds(), threads * passed);
}

}  // namespace
}  // namespace radloom::backend::cpu
