#include "cohort/memory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "radloom/error.hpp"

namespace radloom::cohort {
namespace {

TEST(Memory, ReadsSizes) {
  EXPECT_EQ(parse_size("2048"), 2048u);
  EXPECT_EQ(parse_size("8G"), std::uint64_t(8) << 30);
  EXPECT_EQ(parse_size("1.5k"), 1536u);
  EXPECT_EQ(parse_size("512MiB"), std::uint64_t(512) << 20);
  EXPECT_EQ(parse_size("2TB"), std::uint64_t(2) << 40);
  EXPECT_EQ(parse_size("7B"), 7u);
  for (const char* text : {"", "G", "-1G", "0", "8X", "8 G", "8GG", "nan", "inf", "1e30", "8iB8"})
    EXPECT_THROW(parse_size(text), Error) << text;
  EXPECT_EQ(size_text(512), "512 B");
  EXPECT_EQ(size_text(std::uint64_t(3) << 29), "1.5 GiB");
}

// Never more is out than there is, but for one that is larger than all of it, and everybody gets a turn.
TEST(Memory, BudgetIsKept) {
  MemoryBudget budget(100);
  std::atomic<int> out = 0, holders = 0, turns = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int k = 0; k < 200; ++k) {
        const int bytes = t == 0 && k % 50 == 0 ? 150 : 10 + 13 * t;
        ASSERT_TRUE(budget.take(std::uint64_t(bytes), {}));
        const int now = out += bytes, beside = ++holders;
        if (now > 100) {
          EXPECT_EQ(beside, 1) << now;
        }
        std::this_thread::yield();
        --holders;
        out -= bytes;
        budget.give_back(std::uint64_t(bytes));
        ++turns;
      }
    });
  threads.clear();
  EXPECT_EQ(turns, 1200);
}

// What is used in truth keeps others out, but never the only one.
TEST(Memory, UsedMemoryCounts) {
  std::atomic<std::uint64_t> used = 95;
  MemoryBudget budget(100, [&] { return used.load(); });
  ASSERT_TRUE(budget.take(50, {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(budget.take(10, stop.get_token()));
  used = 60;
  EXPECT_TRUE(budget.take(10, stop.get_token()));
  EXPECT_GT(resident_bytes(), 1u << 20);
}

TEST(Memory, WaitingEndsWithAStop) {
  MemoryBudget budget(10);
  ASSERT_TRUE(budget.take(10, {}));
  std::stop_source stop;
  std::jthread waiting([&] { EXPECT_FALSE(budget.take(1, stop.get_token())); });
  stop.request_stop();
}

}  // namespace
}  // namespace radloom::cohort
