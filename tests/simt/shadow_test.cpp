// The sixteen bytes that a word's shadow has against the definition of a race, which remembers every touch.
#include "simt/shadow.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "simt/fault.hpp"

namespace radloom::simt {
namespace {

/// A few blocks, warps and lanes that touch a word and pass barriers, in any order.
class Trace {
 public:
  static constexpr int blocks = 3, warps = 3, lanes = 3;
  static constexpr std::uint32_t first_interval = 7;

  explicit Trace(std::uint64_t seed, unsigned barriers_in_8) : random_(seed), barriers_in_8_(barriers_in_8) {
    for (int b = 0; b < blocks; ++b)
      for (int w = 0; w < warps; ++w) begin_interval(b, w);
  }

  /// One step. True if the definition finds a race; `cell_found` says whether the cell did.
  bool step(bool& cell_found) {
    const int b = int(random_.below(blocks)), w = int(random_.below(warps));
    const unsigned what = random_.below(8);
    if (what < barriers_in_8_) {
      if (random_.below(3) == 0) {
        ++barriers_[b];
        for (int v = 0; v < warps; ++v) begin_interval(b, v);
      } else {
        begin_interval(b, w);
      }
      cell_found = false;
      return false;
    }
    const Seen self{Touch(random_.below(favour_ == 3 ? 3 : 4) % 3), b, w, int(random_.below(lanes)), barriers_[b],
        interval_[b][w]};
    const Seen now = favour_ < 3 && random_.below(4) ? with(self, Touch(favour_)) : self;
    if (random_.below(16) == 0) favour_ = random_.below(4);
    bool race = false;
    for (const auto& s : seen_) race |= conflict(s.kind, now.kind) && !before(s, now);
    cell_found = false;
    if (race && random_.below(16)) return false;  // it does something else instead, so that traces get long
    seen_.push_back(now);

    const Now thread{mark_of(now.interval, unsigned(now.lane)), key_of(unsigned(b), unsigned(now.barriers), unsigned(w)),
        first_interval, keys_.data()};
    const Mark base = mark_of(first_interval, 0);
    cell_found = now.kind == Touch::read    ? thread.read(cell_, base)
                 : now.kind == Touch::write ? thread.write(cell_, base)
                                            : thread.atomic(cell_, base);
    return race;
  }
  bool anyone_wrote() const {
    for (const auto& s : seen_)
      if (s.kind != Touch::read) return true;
    return false;
  }
  bool cell_is_written() const { return Now::written(cell_, mark_of(first_interval, 0)); }
  std::size_t touches() const { return seen_.size(); }

 private:
  struct Seen {
    Touch kind;
    int block, warp, lane;
    std::uint64_t barriers;
    std::uint32_t interval;
  };
  static Seen with(Seen s, Touch kind) {
    s.kind = kind;
    return s;
  }
  static bool conflict(Touch a, Touch b) {
    return !(a == Touch::read && b == Touch::read) && !(a == Touch::atomic && b == Touch::atomic);
  }
  static bool before(const Seen& a, const Seen& b) {
    if (a.block != b.block) return false;
    if (a.barriers < b.barriers) return true;
    return a.warp == b.warp && (a.lane == b.lane || a.interval < b.interval);
  }
  void begin_interval(int b, int w) {
    interval_[b][w] = first_interval + std::uint32_t(keys_.size());
    keys_.push_back(key_of(unsigned(b), barriers_[b], unsigned(w)));
  }

  Random random_;
  unsigned barriers_in_8_, favour_ = 3;
  std::vector<Key> keys_;
  std::uint64_t barriers_[blocks] = {};
  std::uint32_t interval_[blocks][warps] = {};
  Cell cell_{mark_of(3, 5), mark_of(4, 1), mark_of(5, 2) | 1, mark_of(5, 3) | 1};  // of a launch before
  std::vector<Seen> seen_;
};

TEST(Shadow, aCellSaysWhatAllTouchesTogetherSay) {
  std::size_t races = 0, long_ones = 0;
  for (std::uint64_t seed = 0; seed < 200'000; ++seed) {
    Trace trace(seed, unsigned(seed % 7));
    for (int i = 0; i < 100; ++i) {
      bool found = false;
      const bool race = trace.step(found);
      ASSERT_EQ(found, race) << "seed " << seed << ", touch " << trace.touches();
      if (race) {
        ++races;
        long_ones += trace.touches() > 8;
        break;
      }
      ASSERT_EQ(trace.cell_is_written(), trace.anyone_wrote()) << "seed " << seed;
    }
  }
  EXPECT_GT(races, 150'000u);
  EXPECT_GT(long_ones, 20'000u) << "the traces end too early to say much";
}

TEST(Shadow, smallerWordsInheritWhatTheLargerKnew) {
  Page page;
  page.make();
  page.cells[5] = {64, 0, 128, 0};
  page.refine();
  EXPECT_EQ(page.shift, 2);
  EXPECT_EQ(page.cells[10].write, 64u);
  EXPECT_EQ(page.cells[11].first, 128u);
  EXPECT_EQ(page.cells[9].write, 0u);
  EXPECT_EQ(page.cells[12].write, 0u);
}

}  // namespace
}  // namespace radloom::simt
