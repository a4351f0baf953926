#pragma once
/// Runs a kernel body on the CPU as a grid of blocks of threads, and finds what is wrong with it by definition, not by luck.
///
///     simt::launch(body, {blocks, threads, shared_bytes}, seed);
///
/// runs `body` with an `Exec` for every thread, throws `Fault` for the first defect and returns what was counted. What the words of a body
/// mean is in kernels/README.md; what is found and what cannot be is in README.md here. simt::Device (device.hpp) runs whole pipelines.
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/common/span.hpp"
#include "simt/engine.hpp"

RADLOOM_SIMT_UNWATCHED
namespace radloom::simt {

namespace detail {

template <class T>
inline constexpr int granule_shift = alignof(T) >= 8   ? 3
                                     : alignof(T) >= 4 ? 2
                                     : alignof(T) >= 2 ? 1
                                                       : 0;

template <class T>
inline constexpr bool is_counter = std::is_integral_v<T> && (sizeof(T) == 4 || sizeof(T) == 8);

/// An index and where it stands: operator[] takes one argument alone.
struct Index {
  std::int64_t i;
  Site at;
  template <class I>
  requires(std::convertible_to<I, std::int64_t> && !std::is_floating_point_v<I>)
      Index(I&& index, const Site& site = Site::current())
      : i(static_cast<std::int64_t>(static_cast<I&&>(index))), at(site) {}
};

[[noreturn]] __attribute__((noinline, cold)) inline void out_of_bounds(
    const Engine& e, const char* space, std::int64_t i, std::int64_t n, const Site& at) {
  throw Fault(std::string("out of bounds: ") + space + " index " + std::to_string(i) + " of " + std::to_string(n) +
              " by " + e.who() + " at " + text(at));
}
[[noreturn]] __attribute__((noinline, cold)) inline void race(
    const Engine& e, const char* space, Touch kind, std::int64_t i, Mark other, const Site& at) {
  const char* word = kind == Touch::read ? " reads" : kind == Touch::write ? " writes" : " changes atomically";
  throw Fault(std::string("race in ") + space + " memory: " + e.who() + word + " word " + std::to_string(i) + " at " +
              text(at) + "; no barrier lies between that and what " + e.who(other) + " did there");
}
[[noreturn]] __attribute__((noinline, cold)) inline void unwritten(
    const Engine& e, const char* space, std::int64_t i, const Site& at) {
  throw Fault(std::string("unwritten: ") + e.who() + " reads " + space + " word " + std::to_string(i) +
              ", which nobody wrote, at " + text(at));
}

/// Shared memory of the running block.
struct SharedSpace {
  static constexpr const char* name = "shared";
  Engine* engine = nullptr;
  Cell* cells = nullptr;
  std::byte* data = nullptr;
  std::size_t offset = 0;  ///< of the view in the block's shared memory, bytes
  Mark base = 0;

  template <class T, Touch kind, bool initialises>
  void touch(std::int64_t i, const Site& at) const {
    constexpr std::size_t cells_per_word = sizeof(T) >> granule_shift<T>;
    const Now& now = engine->now();
    for (std::size_t c = 0; c < cells_per_word; ++c) {
      Cell& cell = cells[std::size_t(i) * cells_per_word + c];
      if constexpr (!initialises)
        if (!Now::written(cell, base)) unwritten(*engine, name, i, at);
      if (const Mark other = now.touch<kind>(cell, base)) race(*engine, name, kind, i, other, at);
    }
    auto& count = engine->counters();
    ++(kind == Touch::read ? count.shared_reads : kind == Touch::write ? count.shared_writes : count.shared_atomics);
    count.shared_bytes += sizeof(T);
    if (engine->counts_banks()) engine->log_shared(offset + std::size_t(i) * sizeof(T), sizeof(T), kind);
  }
  template <class T>
  T* at(std::int64_t i) const {
    return reinterpret_cast<T*>(data) + i;
  }
  template <class T>
  SharedSpace moved(std::int64_t words) const {
    const std::int64_t bytes = words * std::int64_t(sizeof(T));
    return {engine, cells + words * std::int64_t(sizeof(T) >> granule_shift<T>), data + bytes,
        offset + std::size_t(bytes), base};
  }
};

/// Global memory: of a device (region), or of the host as it is (no region).
struct GlobalSpace {
  static constexpr const char* name = "global";
  Engine* engine = nullptr;
  Region* region = nullptr;
  std::byte* data = nullptr;
  std::size_t offset = 0;  ///< of the view in its region, bytes

  template <class T, Touch kind, bool initialises>
  void touch(std::int64_t i, const Site& at) const {
    constexpr std::size_t word =
        sizeof(T) <= 8 && sizeof(T) == alignof(T) ? sizeof(T) : std::size_t(1) << granule_shift<T>;
    const std::size_t first = std::size_t(i) * sizeof(T);
    if (region) {
      if (region->written) {
        std::uint8_t* const written = region->written + offset + first;
        if constexpr (!initialises)
          if (!all_written<sizeof(T)>(written)) unwritten(*engine, name, i, at);
        if constexpr (kind != Touch::read) std::memset(written, 255, sizeof(T));
      }
      for (std::size_t byte = offset + first, end = byte + sizeof(T); byte < end; byte += word)
        cells<word, kind>(region->pages[byte / Page::size], byte % Page::size, i, at);
    } else {
      for (std::uintptr_t byte = reinterpret_cast<std::uintptr_t>(data) + first, end = byte + sizeof(T); byte < end;
           byte += word)
        cells<word, kind>(engine->page(byte), byte % Page::size, i, at);
    }
    auto& count = engine->counters();
    ++(kind == Touch::read ? count.global_reads : kind == Touch::write ? count.global_writes : count.global_atomics);
    if constexpr (kind != Touch::write) count.global_bytes_read += sizeof(T);
    if constexpr (kind != Touch::read) count.global_bytes_written += sizeof(T);
  }
  template <class T>
  T* at(std::int64_t i) const {
    return reinterpret_cast<T*>(data) + i;
  }
  template <class T>
  GlobalSpace moved(std::int64_t words) const {
    const std::int64_t bytes = words * std::int64_t(sizeof(T));
    return {engine, region, data + bytes, offset + std::size_t(bytes)};
  }

 private:
  template <std::size_t bytes>
  static bool all_written(const std::uint8_t* written) {
    if constexpr (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) {
      std::uint64_t flags = ~std::uint64_t(0);
      std::memcpy(&flags, written, bytes);
      return flags == ~std::uint64_t(0);
    }
    for (std::size_t b = 0; b < bytes; ++b)
      if (!written[b]) return false;
    return true;
  }
  /// A word of 1, 2, 4 or 8 bytes, aligned.
  template <std::size_t bytes, Touch kind>
  void cells(Page& page, std::size_t byte, std::int64_t i, const Site& at) const {
    engine->use(page);
    const Now& now = engine->now();
    const Mark base = engine->launch_base();
    while (std::size_t(1) << page.shift > bytes) [[unlikely]] page.refine();
    std::size_t c = byte >> page.shift;
    for (const std::size_t end = (byte + bytes) >> page.shift; c < end; ++c) {
      if (!Now::touched(page.cells[c], base)) engine->counters().global_bytes_touched += std::size_t(1) << page.shift;
      if (const Mark other = now.touch<kind>(page.cells[c], base)) [[unlikely]]
        race(*engine, name, kind, i, other, at);
    }
  }
};

}  // namespace detail

template <class T, class Space>
class View;

/// What `p[i]` is where it may be written. It is used where it stands: keeping it (`auto x = p[i]`) does not compile in what reads it, since
/// on a device that would keep a value.
template <class T, class Space>
class Word {
 public:
  Word(const View<T, Space>& view, const detail::Index& index) : view_(view), index_(index) {}
  operator T() && { return get(); }
  void operator=(T v) && { view_.set(index_.i, v, index_.at); }
  void operator=(Word&& v) && { view_.set(index_.i, v.get(), index_.at); }
  void operator+=(T v) && { view_.set(index_.i, T(get() + v), index_.at); }
  void operator-=(T v) && { view_.set(index_.i, T(get() - v), index_.at); }
  void operator*=(T v) && { view_.set(index_.i, T(get() * v), index_.at); }
  void operator/=(T v) && { view_.set(index_.i, T(get() / v), index_.at); }
  Word(const Word&) = delete;

 private:
  T get() const { return view_.get(index_.i, index_.at); }
  View<T, Space> view_;
  detail::Index index_;
};

/// A checked stretch of shared or global memory.
template <class T, class Space>
class View {
  using Value = std::remove_const_t<T>;
  static_assert(std::is_trivially_copyable_v<Value>);
  static constexpr bool writable = !std::is_const_v<T>;

 public:
  View() = default;
  View(const Space& space, std::int64_t size) : space_(space), size_(size) {}

  std::int64_t size() const { return size_; }
  View part(std::int64_t first, std::int64_t n, const Site& at = Site::current()) const {
    if (first < 0 || n < 0 || first > size_ - n)
      detail::out_of_bounds(*space_.engine, Space::name, first + n, size_, at);
    return {space_.template moved<Value>(first), n};
  }

  Value get(std::int64_t i, const Site& at = Site::current()) const {
    touch<Touch::read, false>(i, at);
    return *word(i);
  }
  void set(std::int64_t i, Value v, const Site& at = Site::current()) const requires writable {
    touch<Touch::write, true>(i, at);
    *word(i) = v;
  }
  auto operator[](const detail::Index& index) const {
    if constexpr (writable) return Word<Value, Space>(*this, index);
    else return get(index.i, index.at);
  }

  Value add(std::int64_t i, Value v, const Site& at = Site::current()) const
      requires(writable&& detail::is_counter<Value>) {
    using Unsigned = std::make_unsigned_t<Value>;
    return change(i, at, [v](Value old) { return Value(Unsigned(old) + Unsigned(v)); });
  }
  Value min(std::int64_t i, Value v, const Site& at = Site::current()) const
      requires(writable&& detail::is_counter<Value>) {
    return change(i, at, [v](Value old) { return v < old ? v : old; });
  }
  Value max(std::int64_t i, Value v, const Site& at = Site::current()) const
      requires(writable&& detail::is_counter<Value>) {
    return change(i, at, [v](Value old) { return v > old ? v : old; });
  }
  Value or_(std::int64_t i, Value v, const Site& at = Site::current()) const
      requires(writable&& detail::is_counter<Value>) {
    return change(i, at, [v](Value old) { return Value(old | v); });
  }
  Value cas(std::int64_t i, Value expected, Value desired, const Site& at = Site::current()) const
      requires(writable&& detail::is_counter<Value>) {
    return change(
        i, at, [=](Value old) { return old == expected ? desired : old; }, 8);
  }
  Value load(std::int64_t i, const Site& at = Site::current()) const requires(std::is_arithmetic_v<Value>) {
    space_.engine->perhaps_another(8);
    touch<Touch::atomic, false>(i, at);
    return *word(i);
  }
  void store(std::int64_t i, Value v, const Site& at = Site::current()) const
      requires(writable&& std::is_arithmetic_v<Value>) {
    space_.engine->perhaps_another(8);
    touch<Touch::atomic, true>(i, at);
    *word(i) = v;
  }

 private:
  Value* word(std::int64_t i) const { return space_.template at<Value>(i); }
  template <Touch kind, bool initialises>
  void touch(std::int64_t i, const Site& at) const {
    if (std::uint64_t(i) >= std::uint64_t(size_)) [[unlikely]]
      detail::out_of_bounds(engine(), Space::name, i, size_, at);
    space_.template touch<Value, kind, initialises>(i, at);
  }
  template <class Change>
  Value change(std::int64_t i, const Site& at, const Change& changed, int weight = 1) const {
    space_.engine->perhaps_another(weight);
    touch<Touch::atomic, false>(i, at);
    const Value old = *word(i);
    *word(i) = changed(old);
    return old;
  }

  Space space_;
  std::int64_t size_ = 0;
};

/// The execution context of an emulated thread: the words of kernels/README.md.
class Exec {
 public:
  template <class T>
  using Shared = View<T, detail::SharedSpace>;
  template <class T>
  using Global = View<T, detail::GlobalSpace>;

  Exec(Engine& engine, const detail::Thread& self)
      : engine_(&engine), thread_(self.index), block_(int(self.block->index)) {}
  Exec(const Exec&) = delete;
  Exec& operator=(const Exec&) = delete;

  int thread() const { return thread_; }
  int threads() const { return engine_->shape().threads; }
  int block() const { return block_; }
  int blocks() const { return int(engine_->shape().blocks); }
  int lane() const { return thread_ % warp_size; }
  int warp() const { return thread_ / warp_size; }
  int warps() const { return threads() / warp_size; }

  void sync_block(const Site& at = Site::current()) const { engine_->sync_block(at); }
  void sync_warp(const Site& at = Site::current()) const { engine_->sync_warp(at); }

  template <class T>
  T shuffle(T v, int lane, const Site& at = Site::current()) const {
    if (lane < 0 || lane >= warp_size)
      throw Fault("shuffle from lane " + std::to_string(lane) + " by " + engine_->who() + " at " + text(at));
    return exchange(v, lane, at);
  }
  template <class T>
  T shuffle_xor(T v, int mask, const Site& at = Site::current()) const {
    if (mask < 0 || mask >= warp_size)
      throw Fault("shuffle_xor by " + std::to_string(mask) + " by " + engine_->who() + " at " + text(at));
    return exchange(v, lane() ^ mask, at);
  }
  template <class T>
  T shuffle_down(T v, int delta, const Site& at = Site::current()) const {
    if (delta < 0 || delta >= warp_size)
      throw Fault("shuffle_down by " + std::to_string(delta) + " by " + engine_->who() + " at " + text(at));
    return exchange(v, lane() + delta < warp_size ? lane() + delta : lane(), at);
  }
  std::uint32_t ballot(bool b, const Site& at = Site::current()) const {
    const std::uint64_t* sent = engine_->exchange(detail::Wait::ballot, b, at);
    std::uint32_t bits = 0;
    for (int l = 0; l < warp_size; ++l) bits |= std::uint32_t(sent[l]) << l;
    return bits;
  }

  template <class T>
  Shared<T> shared(std::int64_t n, const Site& at = Site::current()) {
    static_assert(alignof(T) <= 16);
    constexpr std::size_t granule = std::size_t(1) << detail::granule_shift<T>;
    if (n < 0) throw Fault("shared memory: " + std::to_string(n) + " words are asked for at " + text(at));
    const auto& array = engine_->shared(std::size_t(n), sizeof(T), granule, at);
    const auto& block = *engine_->current().block;
    return {
        {engine_, array.cells, const_cast<std::byte*>(block.memory.data()) + array.offset, array.offset, block.base},
        n};
  }
  template <class T>
  Global<T> global(Span<T> span, const Site& at = Site::current()) const {
    if (span.size < 0) throw Fault("a span of " + std::to_string(span.size) + " words at " + text(at));
    const auto address = reinterpret_cast<std::uintptr_t>(span.data);
    if (address % alignof(T)) throw Fault("misaligned: " + engine_->who() + " makes a view at " + text(at));
    Region* region = span.size ? engine_->region(address, std::size_t(span.size) * sizeof(T), at) : nullptr;
    if (!region) return {{engine_, nullptr, reinterpret_cast<std::byte*>(address), 0}, span.size};
    const std::size_t offset = address - region->address;
    return {{engine_, region, region->data + offset, offset}, span.size};
  }

 private:
  template <class T>
  T exchange(T v, int lane, const Site& at) const {
    static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) == 4 || sizeof(T) == 8), "what a shuffle carries");
    std::uint64_t bits = 0;
    std::memcpy(&bits, &v, sizeof v);
    bits = engine_->exchange(detail::Wait::shuffle, bits, at)[lane];
    std::memcpy(&v, &bits, sizeof v);
    return v;
  }

  Engine* engine_;
  int thread_, block_;
};

/// Runs `body` on `shape`; `memory` knows what a device has allocated. Throws Fault for the first defect found. Defined, and instantiated
/// for every body of kernels/, where those are compiled: launch.hpp.
template <class Body>
Counters launch(const Body& body, const LaunchShape& shape, std::uint64_t seed, Memory* memory = nullptr);

}  // namespace radloom::simt
RADLOOM_SIMT_WATCHED
