// The emulator against kernels that are right and kernels with one bug planted: it must pass the first and find the second, each on every
// seed. What was forgotten is in the body's name. Bugs of copies and streams: device_test.cpp.
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "kernels/common/team.hpp"
#include "simt/launch.hpp"

namespace radloom::simt {
namespace {

constexpr unsigned seeds = 24;

template <class T>
Span<T> span(std::vector<T>& v) {
  return {v.data(), std::int64_t(v.size())};
}
template <class T>
Span<const T> read_only(const std::vector<T>& v) {
  return {v.data(), std::int64_t(v.size())};
}

/// Runs a body on every seed with global memory of its own; each run must end with a fault that says `what`.
template <class Body>
void expect_caught(const std::string& what, const LaunchShape& shape = {3, 64, 1024}) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::vector<std::uint32_t> memory(4096);
    try {
      launch(Body{span(memory)}, shape, seed);
      ADD_FAILURE() << "not caught with seed " << seed;
    } catch (const Fault& fault) {
      const std::string said = fault.what();
      EXPECT_EQ(said.rfind(what, 0), 0u) << "seed " << seed << ": " << said;
    }
  }
}

// ---- kernels that are right

/// Counts values in shared memory first.
struct Histogram {
  Span<const std::uint16_t> in;
  Span<std::uint64_t> count;
  template <class Exec>
  void operator()(Exec& exec) const {
    auto own = exec.template shared<std::uint32_t>(count.size);
    for (int g = exec.thread(); g < int(count.size); g += exec.threads()) own[g] = 0u;
    exec.sync_block();
    const auto v = exec.global(in);
    const std::int64_t step = std::int64_t(exec.blocks()) * exec.threads();
    for (std::int64_t i = exec.block() * std::int64_t(exec.threads()) + exec.thread(); i < v.size(); i += step)
      own.add(v[i], 1u);
    exec.sync_block();
    const auto out = exec.global(count);
    for (int g = exec.thread(); g < int(count.size); g += exec.threads())
      if (const std::uint32_t n = own[g]) out.add(g, n);
  }
};

TEST(CorrectKernel, histogramWithSharedAndGlobalAtomics) {
  std::vector<std::uint16_t> in(5000);
  std::vector<std::uint64_t> expected(40);
  for (std::size_t i = 0; i < in.size(); ++i) ++expected[in[i] = std::uint16_t(i * i % 40)];
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::vector<std::uint64_t> count(40);
    launch(Histogram{read_only(in), span(count)}, {5, 96, 160}, seed);
    EXPECT_EQ(count, expected) << "seed " << seed;
  }
}

/// Connected pixels of a picture by union-find: blocks and threads change the same parents at the same time.
struct Unite {
  Span<const std::uint8_t> pixel;
  Span<std::uint32_t> parent;  ///< each its own at first
  Span<std::uint32_t> beaten;  ///< how often someone else was faster
  int width;

  template <class View>
  static std::uint32_t root(const View& p, std::uint32_t i) {
    for (std::uint32_t next = p.load(i); next != i; next = p.load(i)) i = next;
    return i;
  }
  template <class View>
  static void unite(const View& p, const View& beaten_times, std::uint32_t a, std::uint32_t b) {
    for (;;) {
      a = root(p, a);
      b = root(p, b);
      if (a == b) return;
      if (a < b) std::swap(a, b);
      if (p.cas(a, a, b) == a) return;
      beaten_times.add(0, 1u);
    }
  }
  template <class Exec>
  void operator()(Exec& exec) const {
    const auto v = exec.global(pixel);
    const auto p = exec.global(parent), c = exec.global(beaten);
    const std::int64_t i = exec.block() * std::int64_t(exec.threads()) + exec.thread();
    if (i >= v.size() || !v[i]) return;
    if (i % width > 0 && v[i - 1] == v[i]) unite(p, c, std::uint32_t(i), std::uint32_t(i - 1));
    if (i >= width && v[i - width] == v[i]) unite(p, c, std::uint32_t(i), std::uint32_t(i - width));
  }
};

TEST(CorrectKernel, unionFindOfThreadsAndBlocksAtOnce) {
  const int width = 37, n = width * 29;
  std::vector<std::uint8_t> pixel(n);
  Random random(5);
  for (auto& p : pixel) p = std::uint8_t(random.below(3));
  // By definition: flood every component from its first pixel.
  std::vector<std::uint32_t> expected(n);
  std::iota(expected.begin(), expected.end(), 0u);
  for (int i = 0; i < n; ++i) {
    if (!pixel[i] || expected[i] != std::uint32_t(i)) continue;
    std::vector<int> open{i};
    std::set<int> seen{i};
    while (!open.empty()) {
      const int at = open.back();
      open.pop_back();
      expected[at] = std::uint32_t(i);
      for (const int next : {at % width ? at - 1 : -1, at % width < width - 1 ? at + 1 : -1, at - width, at + width})
        if (next >= 0 && next < n && pixel[next] == pixel[i] && seen.insert(next).second) open.push_back(next);
    }
  }
  std::vector<std::uint32_t> beaten(1);
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::vector<std::uint32_t> parent(n);
    std::iota(parent.begin(), parent.end(), 0u);
    launch(Unite{read_only(pixel), span(parent), span(beaten), width}, {9, 128, 0}, seed);
    for (int i = 0; i < n; ++i) {
      auto r = std::uint32_t(i);
      while (parent[r] != r) r = parent[r];
      EXPECT_EQ(r, expected[i]) << "pixel " << i << ", seed " << seed;
    }
  }
  EXPECT_GT(beaten[0], seeds) << "threads never came between each other's steps";
}

/// Prefix sums of a block: within warps by shuffles, over warps in shared memory; the first warp scans with sync_warp alone.
struct Scan {
  Span<const std::uint32_t> in;
  Span<std::uint32_t> out;
  template <class Exec>
  void operator()(Exec& exec) const {
    auto sum = exec.template shared<std::uint32_t>(32);
    const auto v = exec.global(in);
    const std::int64_t i = exec.block() * std::int64_t(exec.threads()) + exec.thread();
    std::uint32_t x = v[i];
    for (int d = 1; d < 32; d *= 2) {
      const std::uint32_t below = exec.shuffle(x, exec.lane() >= d ? exec.lane() - d : exec.lane());
      if (exec.lane() >= d) x += below;
    }
    if (exec.lane() == 31) sum.set(exec.warp(), x);
    exec.sync_block();
    if (exec.warp() == 0) {
      if (exec.lane() >= exec.warps()) sum.set(exec.lane(), 0u);
      exec.sync_warp();
      for (int d = 1; d < 32; d *= 2) {
        const std::uint32_t below = exec.lane() >= d ? sum.get(exec.lane() - d) : 0u;
        exec.sync_warp();
        sum[exec.lane()] += below;
        exec.sync_warp();
      }
    }
    exec.sync_block();
    exec.global(out).set(i, x + (exec.warp() ? sum.get(exec.warp() - 1) : 0u));
  }
};

TEST(CorrectKernel, scanByShufflesAndWarpBarriers) {
  for (const int threads : {32, 64, 256, 1024})
    for (unsigned seed = 0; seed < seeds; ++seed) {
      std::vector<std::uint32_t> in(std::size_t(threads) * 3), out(in.size());
      for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::uint32_t(i * 7 % 13);
      launch(Scan{read_only(in), span(out)}, {3, threads, 128}, seed);
      for (std::size_t i = 0, sum = 0; i < in.size(); ++i) {
        sum = (i % threads ? sum : 0) + in[i];
        ASSERT_EQ(out[i], sum) << threads << " threads, seed " << seed;
      }
    }
}

/// Every collective and every atomic, against what they are said to be.
struct Words {
  Span<std::int64_t> out;
  template <class Exec>
  void operator()(Exec& exec) const {
    const int l = exec.lane();
    auto o = exec.global(out).part(exec.thread() * std::int64_t(16), 16);
    o[0] = exec.shuffle(100 + l, (l * 5) % 32);
    o[1] = exec.shuffle_xor(100 + l, 7);
    o[2] = exec.shuffle_down(100 + l, 3);
    o[3] = exec.ballot(l % 3 == 0);
    o[4] = std::int64_t(exec.shuffle(0.5 * l, 31 - l) * 2);
    o[5] = 40;
    o[5] += 2;
    o[5] -= 1;
    o[5] *= 3;
    o[5] /= 2;
    o.set(6, 10);
    o[7] = o.add(6, 5) * 1000 + o.min(6, 3) * 10 + o.max(6, 99);
    o[8] = o.or_(6, 4);
    o[9] = o.cas(6, 0, 7);
    o[10] = o.cas(6, 103, 7);
    o[11] = o.load(6);
    o.store(12, -5);
    o[13] = exec.warp() * 1000000 + exec.warps() * 10000 + exec.threads();
    o[14] = exec.block() * 1000 + exec.blocks();
    o[15] = o.size() + exec.global(out).size();
  }
};

TEST(CorrectKernel, everyWordMeansWhatItSays) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::vector<std::int64_t> out(96 * 16);
    const auto counted = launch(Words{span(out)}, {1, 96, 0}, seed);
    for (int t = 0; t < 96; ++t) {
      const int l = t % 32;
      const auto* o = out.data() + t * 16;
      EXPECT_EQ(o[0], 100 + l * 5 % 32);
      EXPECT_EQ(o[1], 100 + (l ^ 7));
      EXPECT_EQ(o[2], 100 + (l + 3 < 32 ? l + 3 : l));
      EXPECT_EQ(o[3], 0x49249249);
      EXPECT_EQ(o[4], 31 - l);
      EXPECT_EQ(o[5], 61);
      EXPECT_EQ(o[6], 7);
      EXPECT_EQ(o[7], 10 * 1000 + 15 * 10 + 3);
      EXPECT_EQ(o[8], 99);
      EXPECT_EQ(o[9], 103);
      EXPECT_EQ(o[10], 103);
      EXPECT_EQ(o[11], 7);
      EXPECT_EQ(o[12], -5);
      EXPECT_EQ(o[13], t / 32 * 1000000 + 3 * 10000 + 96);
      EXPECT_EQ(o[14], 1);
      EXPECT_EQ(o[15], 16 + 96 * 16);
    }
    EXPECT_EQ(counted.shuffles, 3u * 4);
    EXPECT_EQ(counted.ballots, 3u);
  }
}

/// Threads pass values of many sizes over a barrier, and structures.
struct Sizes {
  struct Triple {
    std::uint8_t a, b, c;
  };
  struct Wide {
    double x;
    std::int32_t n[5];
  };
  Span<std::uint32_t> out;
  template <class Exec>
  void operator()(Exec& exec) const {
    auto bytes = exec.template shared<std::uint8_t>(64);
    auto halves = exec.template shared<std::int16_t>(64);
    auto triples = exec.template shared<Triple>(64);
    auto wides = exec.template shared<Wide>(64);
    const int t = exec.thread();
    bytes[t] = std::uint8_t(t);
    halves[t] = std::int16_t(-t);
    triples.set(t, {std::uint8_t(t), 1, 2});
    wides.set(t, {0.5 * t, {t, 0, 0, 0, t}});
    exec.sync_block();
    const int o = 63 - t;
    exec.global(out).add(0, std::uint32_t(bytes[o] - halves[o] + triples.get(o).a + int(2 * wides.get(o).x)));
  }
};

TEST(CorrectKernel, wordsOfEverySize) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::vector<std::uint32_t> out(1);
    launch(Sizes{span(out)}, {2, 64, 64 + 128 + 192 + 64 * 32}, seed);
    EXPECT_EQ(out[0], 2u * 4 * (63 * 64 / 2));
  }
}

/// The same bytes as one type and as another, in turns; a structure across the border of two pages of the shadow.
struct Reinterpreted {
  Span<std::uint64_t> words;
  template <class Exec>
  void operator()(Exec& exec) const {
    const int t = exec.thread();
    const auto w = exec.global(words);
    const auto b = exec.global(Span<std::uint8_t>{reinterpret_cast<std::uint8_t*>(words.data), words.size * 8});
    w[t] = 0x0101010101010101u * std::uint64_t(t);
    exec.sync_block();
    for (int i = t; i < exec.threads() * 8; i += exec.threads()) b[i] += std::uint8_t(i % 8);
    exec.sync_block();
    struct Pair {
      std::uint64_t x, y;
    };
    if (t % 2 == 0) {
      const Pair p = exec.global(Span<const Pair>{reinterpret_cast<const Pair*>(words.data), words.size / 2})[t / 2];
      w.set(t, p.x + p.y);
    }
  }
};

TEST(CorrectKernel, oneMemoryOfTwoTypes) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::vector<std::uint64_t> words(64);
    launch(Reinterpreted{span(words)}, {1, 64, 0}, seed);
    const auto value = [](std::uint64_t t) { return 0x0101010101010101u * t + 0x0706050403020100u; };
    for (unsigned t = 0; t < 64; ++t) EXPECT_EQ(words[t], t % 2 ? value(t) : value(t) + value(t + 1));
  }
}

TEST(CorrectKernel, noBlockNoThread) {
  std::vector<std::uint32_t> memory(1);
  EXPECT_EQ(launch(Sizes{span(memory)}, {0, 64, 0}, 1).threads, 0u);
}

// ---- planted bugs

struct Planted {
  Span<std::uint32_t> memory;
};

struct RemovedBarrier : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    s[exec.thread()] = 1u;
    exec.global(memory).part(exec.block() * 64, 64).set(exec.thread(), s.get((exec.thread() + 40) % 64));
  }
};
/// Every word is written before, so that not the missing write but the missing order is what is found.
struct RemovedBarrierBeforeOverwriting : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    const int t = exec.thread();
    s[t] = 1u;
    exec.sync_block();
    const std::uint32_t v = s[(t + 40) % 64];
    s[t] = v;
  }
};
TEST(PlantedBug, removedBarrier) {
  expect_caught<RemovedBarrierBeforeOverwriting>("race in shared memory");
  for (unsigned seed = 0; seed < seeds;
       ++seed) {  // whoever comes first decides whether it reads unwritten words or races
    std::vector<std::uint32_t> memory(192);
    EXPECT_THROW(launch(RemovedBarrier{{span(memory)}}, {3, 64, 256}, seed), Fault);
  }
}

struct NonAtomicIncrement : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    s[exec.thread()] = 0u;
    exec.sync_block();
    s[exec.thread() / 2] += 1u;
  }
};
TEST(PlantedBug, nonAtomicIncrement) { expect_caught<NonAtomicIncrement>("race in shared memory"); }

struct SharedOutOfBounds : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    auto behind = exec.template shared<std::uint32_t>(64);  // what is there is shared memory too
    behind[exec.thread()] = 1u;
    s[exec.thread() + 1] = 0u;
  }
};
TEST(PlantedBug, outOfBoundsSharedIndex) { expect_caught<SharedOutOfBounds>("out of bounds: shared index 64 of 64"); }

struct GlobalOutOfBounds : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.global(memory.part(0, 192)).get(exec.block() * 64 + exec.thread() + 1);
  }
};
struct GlobalBelowBounds : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.global(memory.part(64, 64)).get(exec.thread() - 1);
  }
};
struct PartOutOfBounds : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.global(memory).part(4000, 97);
  }
};
TEST(PlantedBug, outOfBoundsGlobalIndex) {
  expect_caught<GlobalOutOfBounds>("out of bounds: global index 192 of 192");
  expect_caught<GlobalBelowBounds>("out of bounds: global index -1 of 64");
  expect_caught<PartOutOfBounds>("out of bounds: global index 4097 of 4096");
}

struct SomeThreadsLeave : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.thread() < 7) return;
    exec.sync_block();
  }
};
struct OneWarpGoesRoundMoreOften : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    for (int i = 0; i < 3 + exec.warp(); ++i) exec.sync_block();
  }
};
TEST(PlantedBug, divergentBarrier) {
  expect_caught<SomeThreadsLeave>("divergent barrier");
  expect_caught<OneWarpGoesRoundMoreOften>("divergent barrier");
}

struct TwoBarriers : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.thread() < 7) exec.sync_block();
    else exec.sync_block();
  }
};
/// The barrier is one line of source; the functions it stands in are two.
struct TwoBarriersOfATemplate : Planted {
  struct One {
    void operator()() const {}
  };
  struct Other : One {};
  template <class Exec, class F>
  static void then_wait(Exec& exec, const F& f) {
    f();
    exec.sync_block();
  }
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.warp() == 0) then_wait(exec, One{});
    else then_wait(exec, Other{});
  }
};
TEST(PlantedBug, twoBarriersWhereOneWasMeant) {
  expect_caught<TwoBarriers>("divergent barrier");
#ifdef RADLOOM_SIMT_SOURCE_LOCATION  // else a function's name lacks what it was made of
  expect_caught<TwoBarriersOfATemplate>("divergent barrier");
#endif
}

struct UnwrittenShared : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    if (exec.thread() != 13) s[exec.thread()] = 1u;
    exec.sync_block();
    s.get((exec.thread() + 40) % 64);
  }
};
struct UnwrittenSharedCounter : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.template shared<std::uint32_t>(64).add(exec.thread() / 2, 1u);
  }
};
/// What an earlier block of the launch left behind is not written for this one.
struct UnwrittenSharedOfLaterBlocks : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    if (exec.global(memory).add(0, 1u) < 64u * 100) s[exec.thread()] = 1u;
    s.get(exec.thread());
  }
};
TEST(PlantedBug, unwrittenSharedRead) {
  expect_caught<UnwrittenShared>("unwritten");
  expect_caught<UnwrittenSharedCounter>("unwritten");
  expect_caught<UnwrittenSharedOfLaterBlocks>("unwritten", {120, 64, 1024});
}

struct MissingWarpBarrier : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    s[exec.thread()] = 1u;
    exec.sync_block();
    s[exec.thread()] = 2u;
    s.get(exec.thread() ^ 1);
  }
};
/// A shuffle brings lanes together, but it orders no memory.
struct ShuffleForAWarpBarrier : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    s[exec.thread()] = 1u;
    exec.sync_warp();
    s[exec.thread()] = 2u;
    exec.shuffle_xor(1, 1);
    s.get(exec.thread() ^ 1);
  }
};
struct WarpBarrierForABlockBarrier : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(64);
    s[exec.thread()] = 1u;
    exec.sync_block();
    s[exec.thread()] = 2u;
    exec.sync_warp();
    s.get((exec.thread() + 32) % 64);
  }
};
TEST(PlantedBug, missingWarpBarrier) {
  expect_caught<MissingWarpBarrier>("race in shared memory");
  expect_caught<ShuffleForAWarpBarrier>("race in shared memory");
  expect_caught<WarpBarrierForABlockBarrier>("race in shared memory");
}

struct LanesLeaveBeforeAWarpBarrier : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.lane() < 3) return;
    exec.sync_warp();
  }
};
struct LanesAtTwoWarpBarriers : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.lane() < 16) exec.sync_warp();
    exec.sync_warp();
    if (exec.lane() >= 16) exec.sync_warp();
  }
};
struct LanesOfAWarpAtBothBarriers : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.lane() < 16) exec.sync_warp();
    else exec.sync_block();
  }
};
TEST(PlantedBug, divergentWarpBarrier) {
  expect_caught<LanesLeaveBeforeAWarpBarrier>("divergent barrier");
  expect_caught<LanesAtTwoWarpBarriers>("divergent barrier");
  expect_caught<LanesOfAWarpAtBothBarriers>("divergent barrier");
}

struct ShuffleWithLanesMissing : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.lane() % 2) exec.shuffle_down(exec.lane(), 2);
  }
};
struct BallotInALoopOfDifferentLength : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    for (int i = 0; i < exec.lane(); ++i) exec.ballot(true);
  }
};
struct ShuffleFromNowhere : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.shuffle(1, exec.lane() + 1);
  }
};
struct ShuffleMeetsBallot : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.lane() < 31 ? exec.shuffle(1, 0) : int(exec.ballot(true));
  }
};
TEST(PlantedBug, shuffleWithLanesMissing) {
  expect_caught<ShuffleWithLanesMissing>("divergent barrier");
  expect_caught<BallotInALoopOfDifferentLength>("divergent barrier");
  expect_caught<ShuffleMeetsBallot>("divergent barrier");
  expect_caught<ShuffleFromNowhere>("shuffle from lane 32");
}

struct BlocksIncrement : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.thread() == 0) exec.global(memory)[0] += 1u;
  }
};
struct BlocksWriteTheSame : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.thread() == 0) exec.global(memory)[0] = 1u;
  }
};
/// The last block to count itself reads what all have written: without a fence that means nothing on a device.
struct LastBlockReads : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    const auto m = exec.global(memory);
    if (exec.thread() == 0) {
      m[1 + exec.block()] = 1u;
      if (m.add(0, 1u) == std::uint32_t(exec.blocks()) - 1)
        for (int b = 0; b < exec.blocks(); ++b) m.get(1 + b);
    }
  }
};
TEST(PlantedBug, raceBetweenBlocks) {
  expect_caught<BlocksIncrement>("race in global memory");
  expect_caught<BlocksWriteTheSame>("race in global memory");
  expect_caught<LastBlockReads>("race in global memory");
}

struct PlainReadOfACounter : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    const auto m = exec.global(memory);
    m.add(0, 1u);
    if (exec.thread() == 5) m.get(0);
  }
};
struct PlainWriteOfACounter : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(1);
    if (exec.thread() == 0) s.store(0, 0u);
    exec.sync_block();
    s.add(0, 1u);
    if (exec.thread() == 5) s.set(0, 0u);
  }
};
TEST(PlantedBug, plainTouchOfAWordOthersAddTo) {
  expect_caught<PlainReadOfACounter>("race in global memory");
  expect_caught<PlainWriteOfACounter>("race in shared memory");
}

struct MoreSharedThanAskedFor : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.template shared<std::uint8_t>(1);
    exec.template shared<double>(2);
  }
};
struct DifferentArrays : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.template shared<std::uint32_t>(exec.thread() < 60 ? 8 : 9);
  }
};
struct AnArrayMore : Planted {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.thread() < 60) exec.template shared<std::uint32_t>(8);
  }
};
TEST(PlantedBug, sharedMemoryNotAsAskedFor) {
  expect_caught<MoreSharedThanAskedFor>("shared memory: 16 + 2 * 8 bytes", {3, 64, 31});
  expect_caught<DifferentArrays>("shared memory");
  expect_caught<AnArrayMore>("shared memory");
}

TEST(PlantedBug, shapesNoDeviceTakes) {
  std::vector<std::uint32_t> m(1);
  for (const LaunchShape& shape : {LaunchShape{1, 0, 0}, {1, 31, 0}, {1, 100, 0}, {1, 1056, 0}, {1, -32, 0},
           {-1, 32, 0}, {std::int64_t(1) << 31, 32, 0}, {1, 32, std::size_t(1) << 30}})
    EXPECT_THROW(launch(BlocksWriteTheSame{{span(m)}}, shape, 0), Fault) << shape.blocks << " x " << shape.threads;
}

// ---- the emulator itself

TEST(Emulator, aFaultSaysWhatWhereAndWho) {
  std::vector<std::uint32_t> memory(4096);
  try {
    launch(SharedOutOfBounds{{span(memory)}}, {1, 64, 1024}, 0);
    FAIL();
  } catch (const Fault& fault) {
    const std::string said = fault.what();
    EXPECT_NE(said.find("thread 63 of block 0"), std::string::npos) << said;
    EXPECT_NE(said.find("emulator_test.cpp:"), std::string::npos) << said;
  }
}

/// Objects on stacks of threads that a fault leaves waiting.
struct WithObjects {
  std::vector<int>* alive;
  bool fault;
  struct Counted {
    explicit Counted(std::vector<int>* a) : alive(a), text(100, 'x') { ++(*alive)[0]; }
    ~Counted() { --(*alive)[0]; }
    std::vector<int>* alive;
    std::string text;
  };
  template <class Exec>
  void operator()(Exec& exec) const {
    const Counted a(alive);
    if (exec.thread() % 2) {
      const Counted b(alive);
      exec.sync_warp();
    } else {
      exec.sync_warp();
    }
  }
};

TEST(Emulator, leavesNothingBehindAfterAFault) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::vector<int> alive{0};
    EXPECT_THROW(launch(WithObjects{&alive, true}, {4, 256, 0}, seed), Fault);
    EXPECT_EQ(alive[0], 0);
    std::vector<std::uint32_t> out(1);  // and the next launch starts from nothing
    launch(Sizes{span(out)}, {2, 64, 64 + 128 + 192 + 64 * 32}, seed);
    EXPECT_EQ(out[0], 2u * 4 * (63 * 64 / 2));
  }
}

struct Throws {
  template <class Exec>
  void operator()(Exec& exec) const {
    if (exec.thread() == 33) throw std::runtime_error("of the body");
    exec.sync_block();
  }
};
TEST(Emulator, passesOnWhatABodyThrows) {
  for (unsigned seed = 0; seed < seeds; ++seed) EXPECT_THROW(launch(Throws{}, {2, 64, 0}, seed), std::runtime_error);
}

struct Deep {
  Span<std::uint32_t> out;
  template <class Exec>
  static std::uint32_t fall(Exec& exec, int depth) {
    volatile char frame[512] = {};
    frame[depth] = 1;
    if (depth == 0) {
      exec.sync_block();
      return 0;
    }
    return fall(exec, depth - 1) + std::uint32_t(frame[depth]);
  }
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.global(out).add(0, fall(exec, 100));
  }
};
TEST(Emulator, stacksHoldWhatABodyNeeds) {
  std::vector<std::uint32_t> out(1);
  launch(Deep{span(out)}, {2, 1024, 0}, 1);
  EXPECT_EQ(out[0], 2u * 1024 * 100);
}

/// The order in which threads come to an atomic.
struct Order {
  Span<std::uint32_t> cursor, order;
  template <class Exec>
  void operator()(Exec& exec) const {
    const std::uint32_t at = exec.global(cursor).add(0, 1u);
    exec.global(order).set(at, std::uint32_t(exec.block() * exec.threads() + exec.thread()));
  }
};
std::vector<std::uint32_t> order_of(unsigned seed) {
  std::vector<std::uint32_t> cursor(1), order(8 * 64);
  launch(Order{span(cursor), span(order)}, {8, 64, 0}, seed);
  return order;
}
TEST(Emulator, aSeedGivesOneOrderAndSeedsGiveMany) {
  std::set<std::vector<std::uint32_t>> orders;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const auto order = order_of(seed);
    EXPECT_EQ(order, order_of(seed));
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), seeds);
}

TEST(Emulator, countsWhatAKernelDoes) {
  std::vector<std::uint16_t> in(1000);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::uint16_t(i % 40);
  std::vector<std::uint64_t> count(40);
  for (unsigned seed = 0; seed < 3; ++seed) {
    const Counters c = launch(Histogram{read_only(in), span(count)}, {5, 96, 160}, seed);
    EXPECT_EQ(c.blocks, 5u);
    EXPECT_EQ(c.threads, 5u * 96);
    EXPECT_EQ(c.block_barriers, 5u * 2);
    EXPECT_EQ(c.shared_writes, 5u * 40);
    EXPECT_EQ(c.shared_atomics, 1000u);
    EXPECT_EQ(c.shared_reads, 5u * 40);
    EXPECT_EQ(c.shared_bytes, 4 * (5u * 80 + 1000));
    EXPECT_EQ(c.global_reads, 1000u);
    EXPECT_EQ(c.global_atomics, 5u * 40);
    EXPECT_EQ(c.global_writes, 0u);
    EXPECT_EQ(c.global_bytes_read, 2000u + 5 * 40 * 8);
    EXPECT_EQ(c.global_bytes_written, 5u * 40 * 8);
    EXPECT_EQ(c.global_bytes_touched, 2000u + 40 * 8);
  }
}

/// One access a lane, `stride` words apart.
struct Strided {
  int stride;
  bool atomic;
  template <class Exec>
  void operator()(Exec& exec) const {
    auto s = exec.template shared<std::uint32_t>(32 * 32);
    for (int i = exec.lane(); i < 32 * 32; i += 32) s[i] = 0u;
    exec.sync_block();
    if (atomic) s.add(exec.lane() * stride, 1u);
    else s.get(exec.lane() * stride);
  }
};
struct StridedDoubles {
  template <class Exec>
  void operator()(Exec& exec) const {
    exec.template shared<double>(32).set(exec.lane(), 1);
  }
};
TEST(Emulator, countsBankConflicts) {
  engine().count_bank_conflicts(true);
  const auto conflicts = [](int stride, bool atomic) {
    return launch(Strided{stride, atomic}, {1, 32, 4096}, 3).bank_conflicts;
  };
  EXPECT_EQ(conflicts(1, false), 0u);
  EXPECT_EQ(conflicts(0, false), 0u);  // one word for all
  EXPECT_EQ(conflicts(2, false), 1u);
  EXPECT_EQ(conflicts(8, false), 7u);
  EXPECT_EQ(conflicts(31, false), 0u);
  EXPECT_EQ(conflicts(0, true), 31u);
  EXPECT_EQ(launch(StridedDoubles{}, {1, 32, 256}, 3).bank_conflicts, 0u);
  engine().count_bank_conflicts(false);
  EXPECT_EQ(conflicts(8, false), 0u);
}

}  // namespace
}  // namespace radloom::simt
