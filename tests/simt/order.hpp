#pragma once
/// What lies between operations of a device: which of them events have ordered, and which bytes they have touched.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "simt/fault.hpp"
#include "simt/shadow.hpp"

RADLOOM_SIMT_UNWATCHED
namespace radloom::simt {

inline constexpr int most_streams = 4;

/// For every stream, how many of its operations are over: what an event, or an operation, comes after.
using Clock = std::array<std::uint32_t, most_streams>;
inline void advance(Clock& to, const Clock& by) {
  for (int s = 0; s < most_streams; ++s)
    if (to[s] < by[s]) to[s] = by[s];
}

/// An operation on a stream. `number` counts from 1 on each stream; `after` includes the operation itself.
struct Operation {
  int stream;
  std::uint32_t number;
  Clock after;
  std::string what;
  bool before(const Operation& o) const { return o.after[stream] >= number; }
};

/// Who touched the bytes of an allocation last: one writer, and the last reader on each stream. Reads of one stream are ordered, so
/// the last stands for all. Numbers are those of the device's list of operations, from 1 on.
class Touched {
 public:
  explicit Touched(std::size_t bytes) : bytes_(bytes), pages_((bytes + Page::size - 1) / Page::size) {}

  /// Throws Fault where an operation that is not ordered with `now` has written bytes [first, last), or, if `writes`, has read them.
  void touch(std::size_t first, std::size_t last, bool writes, std::uint32_t now, const std::vector<Operation>& all) {
    for (std::size_t p = first / Page::size; p * Page::size < last; ++p) {
      auto& page = pages_[p];
      const std::size_t begin = p * Page::size, end = std::min(begin + Page::size, bytes_);
      const std::size_t a = std::max(first, begin), b = std::min(last, end);
      if (page.words.empty() && a == begin && b == end) {
        touch(page.whole, writes, now, all);
        continue;
      }
      page.split(a, b == end ? 0 : b);
      for (std::size_t w = (a - begin) >> page.shift,
                       n = (b - begin + (std::size_t(1) << page.shift) - 1) >> page.shift;
           w < n; ++w)
        touch(page.words[w], writes, now, all);
    }
  }

 private:
  struct Word {
    std::uint32_t writer = 0;
    std::array<std::uint32_t, most_streams> reader{};
  };
  struct Part {
    Word whole;
    int shift = 3;
    std::vector<Word> words;  ///< empty: all are as `whole`
    void split(std::size_t a, std::size_t b) {
      if (words.empty()) words.assign(Page::size >> shift, whole);
      while ((a | b) & ((std::size_t(1) << shift) - 1)) {
        std::vector<Word> finer(words.size() * 2);
        for (std::size_t i = 0; i < finer.size(); ++i) finer[i] = words[i / 2];
        words.swap(finer);
        --shift;
      }
    }
  };

  static void touch(Word& w, bool writes, std::uint32_t now, const std::vector<Operation>& all) {
    const Operation& self = all[now - 1];
    ordered(w.writer, self, all);
    if (!writes) {
      w.reader[self.stream] = now;
      return;
    }
    if (w.writer == now) return;
    for (const std::uint32_t r : w.reader) ordered(r, self, all);
    w = {now, {}};
  }
  static void ordered(std::uint32_t earlier, const Operation& self, const std::vector<Operation>& all) {
    if (earlier == 0 || all[earlier - 1].before(self)) return;
    const Operation& o = all[earlier - 1];
    throw Fault("race between streams: " + self.what + " on stream " + std::to_string(self.stream) + " touches what " +
                o.what + " on stream " + std::to_string(o.stream) + " touches, and no event orders them");
  }

  std::size_t bytes_;
  std::vector<Part> pages_;
};

}  // namespace radloom::simt
RADLOOM_SIMT_WATCHED
