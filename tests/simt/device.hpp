#pragma once
/// A device without a device: the twin of CudaDevice on the CPU (see src/backend/cuda/device.hpp).
///
/// Everything put on a stream is kept and runs as late as it lawfully may: when the host synchronises with an event, what that event needs
/// runs, in an order between streams shuffled from the seed, and nothing else does. So
///  - a copy's source is read late: a staging buffer that is filled anew too early shows; it is compared with what it held when the copy was
///    asked for, and a difference is a fault;
///  - a copy's destination holds 0xa5 in every byte until the copy has run: whoever reads it before its event reads that (and dies under
///    AddressSanitizer, which is told that the bytes are out of reach); whoever writes it commits a fault;
///  - work on two streams that no event orders and that touches the same bytes, not only to read, is a fault whatever the order was;
///  - what it allocates has addresses at which nothing lies, never used twice: memory is reached through views and copies alone, and a view of
///    what was given back, or beyond an allocation's end, is a fault; so is reading what nobody has written.
/// A defect throws `Fault` from the call that finds it, or from the next one if that call must not throw, or from the destructor. The
/// destructor runs what is left and finds what was not given back.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

#include "backend/cuda/device.hpp"
#include "simt/exec.hpp"
#include "simt/order.hpp"

namespace radloom::simt {

struct DeviceOptions {
  std::uint64_t seed = 0;
  int streams = 2;                                   ///< at most 4
  std::size_t memory_budget = std::size_t(1) << 30;  ///< bytes
  std::size_t shared_limit = 99 * 1024;  ///< bytes a block may ask for; that of the smallest devices since sm_80
  std::int64_t fail_allocation = 0;      ///< this allocation (1 is the first) throws DeviceOutOfMemory
  std::int64_t lose_operation = 0;       ///< the device is lost in this operation (1 is the first) ...
  bool lose_at_once = false;    ///< ... and the call that asks for it says so; else the host learns it at a wait
  bool guard_downloads = true;  ///< under AddressSanitizer, the host dies where it touches a download too early
};

/// What the host has asked for.
struct DeviceStatistics {
  std::int64_t launches = 0, allocations = 0, releases = 0, pinned_allocations = 0;
  std::int64_t uploads = 0, downloads = 0, zeroes = 0, algorithms = 0;
  std::int64_t records = 0, waits = 0, synchronisations = 0;
  std::uint64_t bytes_up = 0, bytes_down = 0;
};

/// A launch that has run.
struct LaunchRecord {
  std::string body;
  LaunchShape shape;
  int stream;
  Counters counters;
};

namespace detail {
struct Use;
}

class Device final : private Memory {
 public:
  using Stream = backend::Stream;
  using Event = backend::Event;

  explicit Device(const DeviceOptions& options = {});
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() noexcept(false);

  /// Runs all that is left and throws what is wrong: also, memory that was not given back. The destructor calls it.
  void finish();

  // ---- what every device has

  std::string name() const { return "emulated"; }
  int streams() const { return options_.streams; }
  std::size_t memory_budget() const { return options_.memory_budget; }
  std::size_t shared_limit() const { return options_.shared_limit; }
  std::size_t peak_bytes() const { return peak_; }

  void* allocate(std::size_t bytes, Stream stream);
  void release(void* p, Stream stream) noexcept;
  void* allocate_pinned(std::size_t bytes);
  void release_pinned(void* p) noexcept;
  void upload(void* to, const void* from, std::size_t bytes, Stream stream);
  void download(void* to, const void* from, std::size_t bytes, Stream stream);
  void zero(void* p, std::size_t bytes, Stream stream);
  Event record(Stream stream);
  void wait(Stream stream, Event event);
  void synchronise(Event event);

  template <class Body>
  void launch(const Body& body, const LaunchShape& shape, Stream stream) {
    static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4096, "what a launch can carry");
    launch(typeid(Body), shape, stream,
        [this, body, shape](std::uint64_t seed) { return simt::launch(body, shape, seed, this); });
  }

  void sort(Span<const std::uint64_t> in, Span<std::uint64_t> out, int first_bit, int last_bit, Stream stream);
  void sort_pairs(Span<const std::uint64_t> in, Span<std::uint64_t> out, Span<const std::uint32_t> values_in,
      Span<std::uint32_t> values_out, int first_bit, int last_bit, Stream stream);
  void run_length_encode(Span<const std::uint64_t> in, Span<std::uint64_t> keys, Span<std::uint32_t> lengths,
      Span<std::uint32_t> runs, Stream stream);
  void exclusive_scan(Span<const std::uint64_t> in, Span<std::uint64_t> out, Stream stream);

  // ---- what tests ask

  const DeviceStatistics& statistics() const { return statistics_; }
  const std::vector<LaunchRecord>& launches() const { return launches_; }
  std::size_t allocated_bytes() const { return allocated_; }
  /// From now on: the n-th allocation fails (1 is the next).
  void fail_allocation(std::int64_t n) { options_.fail_allocation = statistics_.allocations + n; }
  /// From now on: the device is lost in the n-th operation (1 is the next).
  void lose_operation(std::int64_t n, bool at_once = false) {
    options_.lose_operation = std::int64_t(operations_.size()) + n;
    options_.lose_at_once = at_once;
  }

 private:
  static constexpr int unknown = 0xa5;

  struct Allocation {
    explicit Allocation(std::size_t size);
    std::uint8_t* written() { return reinterpret_cast<std::uint8_t*>(bytes.get()) + (region.size + 255) / 256 * 256; }

    struct Free {
      void operator()(std::byte* p) const { std::free(p); }
    };
    std::unique_ptr<std::byte, Free> bytes;
    Region region;
    Touched touched;
    bool given_back = false;
  };

  struct Queue {
    Clock clock{};  ///< what the next operation comes after
    std::deque<std::pair<std::uint32_t, std::function<void()>>> waiting;
  };

  /// A copy that has not run, as the host's memory sees it.
  struct HostUse {
    HostUse(const std::byte* p, std::size_t n, bool w) : first(p), bytes(n), writes(w) {}
    const std::byte* first;
    std::size_t bytes;
    bool writes;
    std::uint32_t operation = 0;
    bool poisoned = false;
    std::vector<std::byte> held;  ///< what an upload's source held when it was asked for
  };

  // ---- defects

  [[noreturn]] void fail(const std::string& what);
  void defer(const char* what) noexcept {
    if (!deferred_) deferred_ = what;
  }
  void raise_deferred();
  void usable(Stream stream);
  void give_up();

  // ---- operations

  using Run = std::function<Counters(std::uint64_t seed)>;
  void launch(const std::type_info& body, const LaunchShape& shape, Stream stream, Run run);
  void algorithm(const char* what, Stream stream, std::vector<detail::Use> uses, std::function<void(Device&)> run);
  std::uint32_t issue(Stream stream, std::string what, std::function<void()> run);
  void lose();

  /// Runs what `until` needs, streams taking turns at random.
  void run_until(const Clock& until);
  bool can_run(Stream s) const;
  const Clock& clock_of(Event e);

  // ---- memory

  /// The live allocation that holds [p, p + bytes), for a call of the host.
  Allocation& allocation(const void* p, std::size_t bytes, const char* what);
  Allocation* at(std::uintptr_t address);
  Region* find(std::uintptr_t address) override;
  template <class T>
  T* bytes(Span<T> s);
  void wrote(const void* p, std::size_t n);

  /// The running operation touches bytes of an allocation.
  void touch(Allocation& a, std::size_t offset, std::size_t n, bool writes);
  /// ... and those that the threads of a launch have touched, as their shadows tell.
  void touch_what_was_used();

  // ---- the host's side

  const std::byte* pinned(const void* p, std::size_t bytes, const char* what);
  bool in_flight(const std::byte* p, std::size_t bytes) const;
  /// Does another copy in flight touch the same bytes of the host, one of the two writing? They must be ordered then.
  bool check_host_use(const HostUse& use);
  void reachable([[maybe_unused]] void* p, [[maybe_unused]] std::size_t bytes) const;

  mutable std::recursive_mutex mutex_;  ///< any thread may call any member, as on a real device
  DeviceOptions options_;
  Random random_;
  DeviceStatistics statistics_;
  std::vector<LaunchRecord> launches_;

  DeviceAddresses addresses_;
  std::uintptr_t next_address_ = 0;
  std::map<std::uintptr_t, std::unique_ptr<Allocation>> allocations_;
  std::map<std::uintptr_t, std::size_t> pinned_;
  std::size_t allocated_ = 0;
  std::atomic<std::size_t> peak_{0};

  std::vector<Operation> operations_;
  std::vector<Queue> queues_;
  std::vector<Clock> events_;
  std::list<HostUse> host_uses_;
  Clock issued_{}, done_{}, host_{};
  std::uint32_t now_ = 0;
  std::vector<Allocation*> used_;

  bool lost_ = false, faulted_ = false;
  std::optional<std::string> deferred_;
};

static_assert(backend::AnyDevice<Device>);

}  // namespace radloom::simt
