#pragma once
/// Who touched a word, and whether that is a race by its definition.
///
/// The order of a launch. Each warp counts **intervals**: a new one begins at every barrier of the warp or of its block. A touch `a` comes
/// before a touch `b` (made later) if one thread made both, or if they are of one block and a barrier of the block lies between them, or
/// if they are of one warp and any barrier of the warp lies between. Nothing else orders; collectives do not (a shuffle is no fence).
/// Two touches of a word that are not so ordered, one of them not a read, not both atomic, are a race.
///
/// Why sixteen bytes a word lose nothing. A launch stops at its first race, so all that is asked at a touch `t` is: is there an
/// earlier touch `a`, of a kind that conflicts with t's, that does not come before t?
///  1. If `a` comes before `b` and conflicts with no more kinds than b does, `b` alone says as much: was `b` before t, so was `a`.
///     Plain writes conflict with all kinds, and each came after all touches before it (else a race was reported). So the last plain
///     write stands for everything before it: one mark, and what was known of reads and atomics is dropped.
///  2. Of reads (or of atomics) only those matter that are before no other read (atomic). These are pairwise unordered, so either
///     they come from two blocks at least, or from two warps of one interval of one block, or from two lanes of one interval of
///     one warp, or there is but one. A pair of the highest such rank suffices: if t is unordered with any, it is with
///     one of the pair, since t differs from one of them in block, warp or lane, just as it would have to from the one we forgot; and a
///     barrier that puts one of the pair before t puts all of that rank before t.
///  3. Reads followed by an atomic (or the other way round): every read is before that atomic. Then for a later atomic any one of the
///     reads stands for all: if they are several, a barrier of their warp or block lies between, so who is unordered with one of
///     them is not of that warp or block, and unordered with all. So a pair is kept for the kind that came last, and one mark
///     for the other kind.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "simt/fault.hpp"

RADLOOM_SIMT_UNWATCHED
namespace radloom::simt {

enum class Touch { read, write, atomic };

/// A thread in an interval of its warp: number of the interval * 64 + lane * 2; the lowest bit is a flag of the place that holds it.
/// Numbers grow as intervals begin and are not used again, so marks of earlier launches tell themselves apart.
using Mark = std::uint32_t;
inline constexpr Mark mark_of(std::uint32_t interval, unsigned lane) { return interval << 6 | lane << 1; }
inline constexpr std::uint32_t interval_of(Mark mark) { return mark >> 6; }
inline constexpr unsigned lane_of(Mark mark) { return mark >> 1 & 31; }
inline constexpr std::uint32_t most_intervals = 1u << 26;

/// What interval of what warp: block << 33 | barriers the block has passed << 5 | warp. Two that differ ...
///   from bit 33 on are of two blocks; else from bit 5 on, of two barrier intervals of a block; else of two warps.
using Key = std::uint64_t;
inline constexpr Key key_of(std::uint64_t block, std::uint64_t barriers, std::uint64_t warp) {
  return block << 33 | barriers << 5 | warp;
}

/// The touches of one word that matter.
struct Cell {
  Mark write = 0;   ///< the last plain write
  Mark other = 0;   ///< one of the kind that `first` is not
  Mark first = 0;   ///< a read or an atomic, of the kind that came last; flag: it is an atomic
  Mark second = 0;  ///< its partner; flag: of another block
};

/// The thread that runs, as the cells see it.
struct Now {
  Mark mark = 0;
  Key key = 0;
  std::uint32_t first_interval = 0;  ///< of the launch
  const Key* keys = nullptr;         ///< of every interval since then

  Key key_of_mark(Mark past) const { return keys[interval_of(past) - first_interval]; }

  /// Was what `past` stands for before what this thread does now? `base`: marks below it are of earlier times and order nothing.
  bool after(Mark past, Mark base) const {
    past &= ~1u;
    if (past < base || past == mark) return true;
    const Key apart = key_of_mark(past) ^ key;
    if (apart >> 33) return false;
    if (apart >> 5) return true;
    if (apart) return false;
    return interval_of(past) != interval_of(mark);
  }

  /// Each returns 0 or the mark it is in a race with.
  Mark read(Cell& c, Mark base) const {
    if (!after(c.write, base)) return c.write;
    if ((c.first & 1) && c.first >= base) {
      if (!after(c.first, base)) return c.first;
      if (!after(c.second, base)) return c.second;
      c.other = c.first;
      c.first = mark;
      c.second = 0;
      return 0;
    }
    if (!after(c.other, base)) return c.other;
    join(c, 0, base);
    return 0;
  }
  Mark atomic(Cell& c, Mark base) const {
    if (!after(c.write, base)) return c.write;
    if (!(c.first & 1) && c.first >= base) {
      if (!after(c.first, base)) return c.first;
      if (!after(c.second, base)) return c.second;
      c.other = c.first;
      c.first = mark | 1;
      c.second = 0;
      return 0;
    }
    if (!after(c.other, base)) return c.other;
    join(c, 1, base);
    return 0;
  }
  Mark write(Cell& c, Mark base) const {
    if (!after(c.write, base)) return c.write;
    if (!after(c.first, base)) return c.first;
    if (!after(c.second, base)) return c.second;
    if (!after(c.other, base)) return c.other;
    c = {mark, 0, 0, 0};
    return 0;
  }
  template <Touch kind>
  Mark touch(Cell& c, Mark base) const {
    if constexpr (kind == Touch::read) return read(c, base);
    if constexpr (kind == Touch::write) return write(c, base);
    return atomic(c, base);
  }

  /// Has anyone touched the word since `base`?
  static bool touched(const Cell& c, Mark base) { return c.write >= base || c.first >= base || c.other >= base; }
  /// Has anyone written the word since `base`?
  static bool written(const Cell& c, Mark base) {
    if (c.write >= base) return true;
    return c.first >= base && ((c.first & 1) || c.other >= base);
  }

 private:
  /// This touch joins those of its own kind.
  void join(Cell& c, Mark kind, Mark base) const {
    if (c.first < base) {
      c.first = mark | kind;
      c.second = 0;
      return;
    }
    if (c.second & 1) return;  // of two blocks: whoever comes is unordered with one of them
    const Mark first = c.first & ~1u;
    if (first == mark || c.second == mark) return;
    const Key apart = key_of_mark(first) ^ key;
    if (apart >> 33) {
      c.second = mark | 1;
    } else if (apart >> 5) {  // a barrier of the block lies between: this one stands for both
      c.first = mark | kind;
      c.second = 0;
    } else if (apart) {
      c.second = mark;
    } else if (interval_of(first) == interval_of(mark)) {
      if (!c.second) c.second = mark;
    } else {  // a barrier of the warp lies between: this one stands for those of the warp
      c.first = mark | kind;
      if (c.second && !((key_of_mark(c.second) ^ key) & 31)) c.second = 0;
    }
  }
};

/// The cells of up to 64 KiB of memory, one for every 1 << shift bytes. They are zero when made, and the system gives memory as it is
/// touched. The shift is that of the smallest word that was used there.
struct Page {
  static constexpr int size_shift = 16;
  static constexpr std::size_t size = std::size_t(1) << size_shift;

  std::uint64_t launch = 0;  ///< the last that touched it
  std::uint64_t stamp = 0;   ///< whose marks the cells hold
  Cell* cells = nullptr;
  int shift = 3;

  Page() = default;
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  ~Page() { std::free(cells); }

  void make() {
    cells = static_cast<Cell*>(std::calloc(size >> shift, sizeof(Cell)));
    if (!cells) throw std::bad_alloc();
  }
  void drop() {
    std::free(cells);
    cells = nullptr;
    shift = 3;
  }
  /// Smaller words: each takes over what its larger one knew.
  void refine() {
    Cell* const old = cells;
    --shift;
    make();
    for (std::size_t i = 0; i < size >> shift; ++i) cells[i] = old[i / 2];
    std::free(old);
  }
};

/// A stretch of global memory. Bodies and the host know it by `address`; its bytes lie at `data`.
struct Region {
  std::uintptr_t address = 0;
  std::size_t size = 0;
  std::byte* data = nullptr;
  std::uint8_t* written = nullptr;  ///< one a byte, 255 where it was ever written; null: not watched
  std::unique_ptr<Page[]> pages;
  bool released = false;

  std::size_t page_count() const { return (size + Page::size - 1) / Page::size; }
};

}  // namespace radloom::simt
RADLOOM_SIMT_WATCHED
