#include "simt/device.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstring>

#ifdef RADLOOM_SIMT_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace radloom::simt {

/// What an algorithm of the whole device reads or writes.
struct detail::Use {
  const void* p;
  std::size_t bytes;  ///< touched
  std::size_t needs;  ///< at least this much must be there; for outputs, written by the algorithm
  bool writes;
};

namespace {

template <class T>
detail::Use output(Span<T> s, std::int64_t n) {
  if (n > s.size) throw Fault("out of bounds: a device-wide algorithm is given too short an output");
  return {s.data, std::size_t(s.size) * sizeof(T), std::size_t(n) * sizeof(T), true};
}
template <class T>
detail::Use use(Span<const T> s, std::int64_t n = -1) {
  const auto bytes = std::size_t(n < 0 ? s.size : n) * sizeof(T);
  if (n > s.size) throw Fault("out of bounds: a device-wide algorithm is given too short an input");
  return {s.data, bytes, bytes, false};
}
detail::Use use(Span<std::uint64_t> s, std::int64_t n) { return output(s, n); }
detail::Use use(Span<std::uint32_t> s, std::int64_t n) { return output(s, n); }
detail::Use use(Span<const std::uint32_t> s, std::int64_t n) { return use<std::uint32_t>(s, n); }
detail::Use use(Span<const std::uint64_t> s) { return use<std::uint64_t>(s); }

/// Some bits of a key.
struct Bits {
  Bits(int first, int last) : shift(first), width(last - first) {
    if (first < 0 || last > 64 || first > last)
      throw Fault("bits [" + std::to_string(first) + ", " + std::to_string(last) + ") of a key");
  }
  std::uint64_t operator()(std::uint64_t k) const {
    return width == 0 ? 0 : k >> shift << (64 - width) >> (64 - width);
  }
  int shift, width;
};

bool overlap(const void* p, std::size_t n, const void* q, std::size_t m) {
  const auto a = reinterpret_cast<std::uintptr_t>(p), b = reinterpret_cast<std::uintptr_t>(q);
  return a < b + m && b < a + n;
}

std::string name_of(const std::type_info& body) {
  int status = 0;
  char* const text = abi::__cxa_demangle(body.name(), nullptr, nullptr, &status);
  std::string name = text ? text : body.name();
  std::free(text);
  return name;
}

/// The bytes of an allocation, and as many that tell which of them were written.
std::byte* two_halves(std::size_t size) {
  const std::size_t half = (size + 255) / 256 * 256, all = 2 * half + 256;
  auto* const p = static_cast<std::byte*>(std::aligned_alloc(256, all));
  if (!p) throw std::bad_alloc();
  std::memset(p + half, 0, half);
  return p;
}

}  // namespace

Device::Allocation::Allocation(std::size_t size) : bytes(two_halves(size)), touched(size) {
  region.size = size;
  region.data = bytes.get();
  region.written = written();
  region.pages = std::make_unique<Page[]>(region.page_count());
  std::memset(region.data, 0xdb, size);
}

template <class T>
T* Device::bytes(Span<T> s) {
  if (s.size == 0) return nullptr;
  Allocation& a = *at(reinterpret_cast<std::uintptr_t>(s.data));
  return reinterpret_cast<T*>(a.bytes.get() + (reinterpret_cast<std::uintptr_t>(s.data) - a.region.address));
}

Device::Device(const DeviceOptions& options) : options_(options), random_(options.seed) {
  if (options.streams < 1 || options.streams > most_streams) throw Fault("an emulated device has 1 to 4 streams");
  next_address_ = addresses_.begin() + 4096;
  queues_.resize(std::size_t(options.streams));
}

Device::~Device() noexcept(false) {
  const int unwinding = std::uncaught_exceptions();
  try {
    finish();
  } catch (...) {
    give_up();
    if (!unwinding) throw;
  }
  give_up();
}

void Device::finish() {
  const std::lock_guard lock(mutex_);
  raise_deferred();
  if (faulted_) return;
  if (!lost_) run_until(issued_);
  for (const auto& [address, a] : allocations_)
    if (!a->given_back) fail("leak: " + std::to_string(a->region.size) + " bytes of device memory were not given back");
  if (!pinned_.empty())
    fail("leak: " + std::to_string(pinned_.begin()->second) + " bytes of pinned memory were not given back");
}

void* Device::allocate(std::size_t bytes, Stream stream) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  if (bytes == 0) return nullptr;
  ++statistics_.allocations;
  if (statistics_.allocations == options_.fail_allocation) throw backend::DeviceOutOfMemory();
  if (bytes > options_.memory_budget - allocated_) throw backend::DeviceOutOfMemory();
  const std::size_t reserved = (bytes + 4095) / 4096 * 4096 + 4096;  // what lies behind is nobody's
  if (next_address_ + reserved > addresses_.begin() + addresses_.size())
    throw Fault("the emulated device has no addresses left");
  const std::uint32_t self = issue(stream, "allocate", [] {});
  auto a = std::make_unique<Allocation>(bytes);
  a->region.address = std::exchange(next_address_, next_address_ + reserved);
  a->touched.touch(0, bytes, true, self, operations_);
  allocated_ += bytes;
  if (allocated_ > peak_) peak_ = allocated_;
  void* const p = reinterpret_cast<void*>(a->region.address);
  allocations_.emplace(a->region.address, std::move(a));
  return p;
}

void Device::release(void* p, Stream stream) noexcept {
  const std::lock_guard lock(mutex_);
  if (!p) return;
  ++statistics_.releases;
  const auto found = allocations_.find(reinterpret_cast<std::uintptr_t>(p));
  if (found == allocations_.end()) return defer("release of what was not allocated");
  Allocation& a = *found->second;
  if (a.given_back) return defer("memory is given back twice");
  if (stream < 0 || stream >= options_.streams) return defer("release on a stream that the device does not have");
  a.given_back = true;
  allocated_ -= a.region.size;
  if (lost_ || faulted_) return;
  try {
    issue(stream, "release", [this, &a] {
      touch(a, 0, a.region.size, true);
      a.region.released = true;
      a.bytes.reset();
      a.region.pages.reset();
    });
  } catch (const backend::DeviceLost&) {  // the next call that may throw says so
  }
}

void* Device::allocate_pinned(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes == 0) return nullptr;
  raise_deferred();
  if (lost_) throw backend::DeviceLost("the device is lost");
  ++statistics_.pinned_allocations;
  void* const p = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (!p) throw std::bad_alloc();
  std::memset(p, unknown, bytes);
  pinned_[reinterpret_cast<std::uintptr_t>(p)] = bytes;
  return p;
}

void Device::release_pinned(void* p) noexcept {
  const std::lock_guard lock(mutex_);
  if (!p) return;
  const auto found = pinned_.find(reinterpret_cast<std::uintptr_t>(p));
  if (found == pinned_.end()) return defer("release of pinned memory that was not allocated");
  const auto* const first = static_cast<const std::byte*>(p);
  if (!lost_ && !faulted_ && in_flight(first, found->second))
    defer("pinned memory is given back while a copy of it has not been waited for");
  reachable(p, found->second);
  pinned_.erase(found);
  std::free(p);
}

void Device::upload(void* to, const void* from, std::size_t bytes, Stream stream) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  if (bytes == 0) return;
  Allocation& a = allocation(to, bytes, "an upload");
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(to) - a.region.address;
  const auto* const source = pinned(from, bytes, "an upload");
  ++statistics_.uploads;
  statistics_.bytes_up += bytes;
  const auto use = host_uses_.emplace(host_uses_.end(), source, bytes, false);
  use->operation =
      issue(stream, "upload of " + std::to_string(bytes) + " bytes", [this, &a, offset, source, bytes, use] {
        touch(a, offset, bytes, true);
        if (!use->held.empty() && std::memcmp(use->held.data(), source, bytes) != 0)
          fail("staging reused: the host has changed the source of an upload of " + std::to_string(bytes) +
               " bytes before an event after it was waited for");
        std::memcpy(a.bytes.get() + offset, source, bytes);
        std::memset(a.written() + offset, 255, bytes);
        host_uses_.erase(use);
      });
  if (!check_host_use(*use)) use->held.assign(source, source + bytes);
}

void Device::download(void* to, const void* from, std::size_t bytes, Stream stream) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  if (bytes == 0) return;
  Allocation& a = allocation(from, bytes, "a download");
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(from) - a.region.address;
  auto* const destination = const_cast<std::byte*>(pinned(to, bytes, "a download"));
  ++statistics_.downloads;
  statistics_.bytes_down += bytes;
  const auto use = host_uses_.emplace(host_uses_.end(), destination, bytes, true);
  use->operation =
      issue(stream, "download of " + std::to_string(bytes) + " bytes", [this, &a, offset, destination, bytes, use] {
        touch(a, offset, bytes, false);
        const std::uint8_t* const written = a.written() + offset;
        if (const auto hole = std::find(written, written + bytes, 0); hole != written + bytes)
          fail("unwritten: a download of " + std::to_string(bytes) + " bytes, of which byte " +
               std::to_string(hole - written) + " was never written");
        reachable(destination, bytes);
        if (use->poisoned &&
            !std::all_of(destination, destination + bytes, [](std::byte b) { return b == std::byte(unknown); }))
          fail("the host has written to the destination of a download of " + std::to_string(bytes) +
               " bytes before an event after it was waited for");
        std::memcpy(destination, a.bytes.get() + offset, bytes);
        host_uses_.erase(use);
      });
  if (!check_host_use(*use)) {
    use->poisoned = true;
    std::memset(destination, unknown, bytes);
#ifdef RADLOOM_SIMT_ASAN
    if (options_.guard_downloads) __asan_poison_memory_region(destination, bytes);
#endif
  }
}

void Device::zero(void* p, std::size_t bytes, Stream stream) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  if (bytes == 0) return;
  Allocation& a = allocation(p, bytes, "zero");
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(p) - a.region.address;
  ++statistics_.zeroes;
  issue(stream, "zero of " + std::to_string(bytes) + " bytes", [this, &a, offset, bytes] {
    touch(a, offset, bytes, true);
    std::memset(a.bytes.get() + offset, 0, bytes);
    std::memset(a.written() + offset, 255, bytes);
  });
}

Device::Event Device::record(Stream stream) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  ++statistics_.records;
  events_.push_back(queues_[std::size_t(stream)].clock);
  return {events_.size()};
}

void Device::wait(Stream stream, Event event) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  ++statistics_.waits;
  advance(queues_[std::size_t(stream)].clock, clock_of(event));
}

void Device::synchronise(Event event) {
  const std::lock_guard lock(mutex_);
  usable(0);
  ++statistics_.synchronisations;
  const Clock& clock = clock_of(event);
  run_until(clock);
  advance(host_, clock);
  raise_deferred();
}

void Device::launch(const std::type_info& body, const LaunchShape& shape, Stream stream, Run run) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  Engine::check(shape);
  if (shape.blocks == 0) return;
  if (shape.shared_bytes > options_.shared_limit)
    fail("launch of " + name_of(body) + ": " + std::to_string(shape.shared_bytes) +
         " bytes of shared memory, the device has " + std::to_string(options_.shared_limit));
  ++statistics_.launches;
  issue(stream, name_of(body), [this, &body, shape, stream, run = std::move(run), seed = random_()] {
    used_.clear();
    const Counters counters = run(seed);
    launches_.push_back({name_of(body), shape, stream, counters});
    touch_what_was_used();
  });
}

void Device::algorithm(
    const char* what, Stream stream, std::vector<detail::Use> uses, std::function<void(Device&)> run) {
  const std::lock_guard lock(mutex_);
  usable(stream);
  for (const auto& u : uses) {
    if (u.bytes) allocation(u.p, u.bytes, what);
    for (const auto& o : uses)
      if (&u != &o && u.writes && overlap(u.p, u.bytes, o.p, o.bytes))
        fail(std::string(what) + ": its output overlaps another operand");
  }
  ++statistics_.algorithms;
  issue(stream, what, [this, what, uses = std::move(uses), run = std::move(run)] {
    for (const auto& u : uses) {
      if (u.bytes == 0) continue;
      Allocation& a = *at(reinterpret_cast<std::uintptr_t>(u.p));
      const std::size_t offset = reinterpret_cast<std::uintptr_t>(u.p) - a.region.address;
      touch(a, offset, u.bytes, u.writes);
      if (!u.writes &&
          std::find(a.written() + offset, a.written() + offset + u.bytes, 0) != a.written() + offset + u.bytes)
        fail(std::string("unwritten: ") + what + " reads what nobody has written");
    }
    run(*this);
    for (const auto& u : uses)
      if (u.writes) wrote(u.p, u.needs);
  });
}
void Device::sort(Span<const std::uint64_t> in, Span<std::uint64_t> out, int first_bit, int last_bit, Stream stream) {
  algorithm("sort", stream, {use(in), use(out, in.size)}, [in, out, key = Bits(first_bit, last_bit)](Device& d) {
    const auto* const from = d.bytes(in);
    auto* const to = d.bytes(out);
    std::copy(from, from + in.size, to);
    std::stable_sort(to, to + in.size, [key](std::uint64_t a, std::uint64_t b) { return key(a) < key(b); });
  });
}

void Device::sort_pairs(Span<const std::uint64_t> in, Span<std::uint64_t> out, Span<const std::uint32_t> values_in,
    Span<std::uint32_t> values_out, int first_bit, int last_bit, Stream stream) {
  algorithm("sort_pairs", stream, {use(in), use(out, in.size), use(values_in, in.size), use(values_out, in.size)},
      [=, key = Bits(first_bit, last_bit)](Device& d) {
        const auto* const from = d.bytes(in);
        const auto* const with = d.bytes(values_in);
        std::vector<std::int64_t> order(std::size_t(in.size));
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = std::int64_t(i);
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return key(from[a]) < key(from[b]); });
        auto* const to = d.bytes(out);
        auto* const to_values = d.bytes(values_out);
        for (std::size_t i = 0; i < order.size(); ++i) {
          to[i] = from[order[i]];
          to_values[i] = with[order[i]];
        }
      });
}

void Device::run_length_encode(Span<const std::uint64_t> in, Span<std::uint64_t> keys, Span<std::uint32_t> lengths,
    Span<std::uint32_t> runs, Stream stream) {
  // How much is written depends on the keys; touched, for other streams, is all of it.
  algorithm("run_length_encode", stream, {use(in), use(keys, 0), use(lengths, 0), use(runs, 1)}, [=](Device& d) {
    const auto* const from = d.bytes(in);
    std::int64_t n = 0;
    for (std::int64_t i = 0, j; i < in.size; i = j) {
      for (j = i + 1; j < in.size && from[j] == from[i];) ++j;
      if (n >= keys.size || n >= lengths.size)
        d.fail("out of bounds: run_length_encode finds more runs than its output holds");
      d.bytes(keys)[n] = from[i];
      d.bytes(lengths)[n] = std::uint32_t(j - i);
      ++n;
    }
    *d.bytes(runs) = std::uint32_t(n);
    d.wrote(keys.data, std::size_t(n) * sizeof(std::uint64_t));
    d.wrote(lengths.data, std::size_t(n) * sizeof(std::uint32_t));
  });
}

void Device::exclusive_scan(Span<const std::uint64_t> in, Span<std::uint64_t> out, Stream stream) {
  algorithm("exclusive_scan", stream, {use(in), use(out, in.size)}, [=](Device& d) {
    std::uint64_t sum = 0;
    for (std::int64_t i = 0; i < in.size; ++i) {
      d.bytes(out)[i] = sum;
      sum += d.bytes(in)[i];
    }
  });
}

// ---- defects

void Device::fail(const std::string& what) {
  faulted_ = true;
  throw Fault(what);
}

void Device::raise_deferred() {
  if (!deferred_) return;
  const std::string what = *std::exchange(deferred_, std::nullopt);
  fail(what);
}

void Device::usable(Stream stream) {
  raise_deferred();
  if (lost_) throw backend::DeviceLost("the device is lost");
  if (faulted_) throw Fault("the device is used after a fault");
  if (stream < 0 || stream >= options_.streams) fail("the device has no stream " + std::to_string(stream));
}

void Device::give_up() {
  for (const auto& u : host_uses_) reachable(const_cast<std::byte*>(u.first), u.bytes);
  for (const auto& [p, bytes] : pinned_) std::free(reinterpret_cast<void*>(p));
  pinned_.clear();
}

std::uint32_t Device::issue(Stream stream, std::string what, std::function<void()> run) {
  auto& queue = queues_[std::size_t(stream)];
  advance(queue.clock, host_);
  const std::uint32_t number = issued_[std::size_t(stream)] + 1;
  queue.clock[std::size_t(stream)] = issued_[std::size_t(stream)] = number;
  operations_.push_back({stream, number, queue.clock, std::move(what)});
  const auto self = std::uint32_t(operations_.size());
  queue.waiting.emplace_back(self, std::move(run));
  if (std::int64_t(self) == options_.lose_operation && options_.lose_at_once) lose();
  return self;
}

void Device::lose() {
  lost_ = true;
  for (const auto& u : host_uses_) reachable(const_cast<std::byte*>(u.first), u.bytes);
  throw backend::DeviceLost("the device is lost");
}

void Device::run_until(const Clock& until) {
  for (;;) {
    std::vector<Stream> able;
    for (Stream s = 0; s < options_.streams; ++s)
      if (done_[std::size_t(s)] < until[std::size_t(s)] && can_run(s)) able.push_back(s);
    if (able.empty()) return;
    const Stream s = able[random_.below(std::uint32_t(able.size()))];
    auto [self, run] = std::move(queues_[std::size_t(s)].waiting.front());
    queues_[std::size_t(s)].waiting.pop_front();
    if (std::int64_t(self) == options_.lose_operation) lose();
    now_ = self;
    try {
      run();
    } catch (...) {
      faulted_ = true;
      throw;
    }
    ++done_[std::size_t(s)];
  }
}

bool Device::can_run(Stream s) const {
  const Clock& after = operations_[queues_[std::size_t(s)].waiting.front().first - 1].after;
  for (Stream t = 0; t < options_.streams; ++t)
    if (t != s && done_[std::size_t(t)] < after[std::size_t(t)]) return false;
  return true;
}

const Clock& Device::clock_of(Event e) {
  if (e.number == 0 || e.number > events_.size()) fail("an event that was never recorded");
  return events_[e.number - 1];
}

Device::Allocation& Device::allocation(const void* p, std::size_t bytes, const char* what) {
  Allocation* const a = at(reinterpret_cast<std::uintptr_t>(p));
  if (!a) fail(std::string(what) + " of memory that the device has not allocated");
  if (a->given_back) fail(std::string("use after release: ") + what + " of memory that was given back");
  if (reinterpret_cast<std::uintptr_t>(p) + bytes > a->region.address + a->region.size)
    fail(std::string("out of bounds: ") + what + " reaches beyond the end of an allocation");
  return *a;
}

Device::Allocation* Device::at(std::uintptr_t address) {
  auto next = allocations_.upper_bound(address);
  if (next == allocations_.begin()) return nullptr;
  Allocation& a = *std::prev(next)->second;
  return address - a.region.address < a.region.size ? &a : nullptr;
}

Region* Device::find(std::uintptr_t address) {
  if (address - addresses_.begin() >= addresses_.size()) return nullptr;
  Allocation* const a = at(address);
  if (!a) throw Fault("out of bounds: a view of device memory that belongs to no allocation");
  if (std::find(used_.begin(), used_.end(), a) == used_.end()) used_.push_back(a);
  return &a->region;
}

void Device::wrote(const void* p, std::size_t n) {
  if (n == 0) return;
  Allocation& a = *at(reinterpret_cast<std::uintptr_t>(p));
  std::memset(a.written() + (reinterpret_cast<std::uintptr_t>(p) - a.region.address), 255, n);
}

void Device::touch(Allocation& a, std::size_t offset, std::size_t n, bool writes) {
  if (a.region.released) fail("use after release: " + operations_[now_ - 1].what);
  if (options_.streams > 1) a.touched.touch(offset, offset + n, writes, now_, operations_);
}

void Device::touch_what_was_used() {
  if (options_.streams == 1) return;
  const Mark base = engine().launch_base();
  for (Allocation* a : used_)
    for (std::size_t p = 0; p < a->region.page_count(); ++p) {
      const Page& page = a->region.pages[p];
      if (page.launch != engine().launch_number()) continue;
      const std::size_t words =
          std::min(Page::size, a->region.size - p * Page::size) + (std::size_t(1) << page.shift) - 1;
      const std::size_t n = words >> page.shift;
      const auto kind = [&](std::size_t i) {
        const Cell& c = page.cells[i];
        return Now::written(c, base) ? 2 : c.first >= base ? 1 : 0;
      };
      for (std::size_t i = 0, j; i < n; i = j) {
        const int k = kind(i);
        for (j = i + 1; j < n && kind(j) == k;) ++j;
        if (k == 0) continue;
        const std::size_t first = p * Page::size + (i << page.shift);
        const std::size_t last = std::min(p * Page::size + (j << page.shift), a->region.size);
        a->touched.touch(first, last, k == 2, now_, operations_);
      }
    }
}

// ---- the host's side

const std::byte* Device::pinned(const void* p, std::size_t bytes, const char* what) {
  const auto address = reinterpret_cast<std::uintptr_t>(p);
  auto next = pinned_.upper_bound(address);
  if (next == pinned_.begin() || address + bytes > std::prev(next)->first + std::prev(next)->second)
    fail(std::string("the host's side of ") + what + " is not pinned");
  return static_cast<const std::byte*>(p);
}

bool Device::in_flight(const std::byte* p, std::size_t bytes) const {
  return std::any_of(
      host_uses_.begin(), host_uses_.end(), [&](const auto& u) { return overlap(u.first, u.bytes, p, bytes); });
}

bool Device::check_host_use(const HostUse& use) {
  bool shared = false;
  for (const auto& u : host_uses_) {
    if (&u == &use || !(u.writes || use.writes) || !overlap(u.first, u.bytes, use.first, use.bytes)) continue;
    shared = true;
    if (!operations_[u.operation - 1].before(operations_[use.operation - 1]))
      fail("race between streams: two copies use the same pinned bytes, and no event orders them");
  }
  return shared;
}

void Device::reachable([[maybe_unused]] void* p, [[maybe_unused]] std::size_t bytes) const {
#ifdef RADLOOM_SIMT_ASAN
  __asan_unpoison_memory_region(p, bytes);
#endif
}

}  // namespace radloom::simt
