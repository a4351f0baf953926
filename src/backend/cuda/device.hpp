#pragma once
/// The narrow interface between the pipeline and a device. It is a concept, not a base class: the pipeline is a template, so that a
/// launch keeps its body's type. `CudaDevice` (cuda_device.hpp) is the real one; `simt::Device` (tests/simt/device.hpp) is its twin on the CPU,
/// which runs every copy and launch as late as it lawfully may and injects failures.
///
/// What a Device has, beside what `AnyDevice` below spells out:
///
///     template <class Body> void launch(const Body& body, const LaunchShape& shape, Stream stream);
///
/// Work on one stream runs in order; streams are ordered by events alone. Nothing waits for the whole device.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "kernels/common/launch_shape.hpp"
#include "kernels/common/span.hpp"

namespace radloom::backend {

using Stream = int;  ///< 0 .. streams() - 1

/// A point in a stream's work.
struct Event {
  std::uint64_t number = 0;
};

/// The pool has not that many bytes left. The batch is split and tried again.
struct DeviceOutOfMemory : std::bad_alloc {
  const char* what() const noexcept override { return "device memory is exhausted"; }
};

/// The device failed and cannot be used any more in this process.
struct DeviceLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// clang-format off
template <class D>
concept AnyDevice = requires(D d, const D c, void* p, const void* q, std::size_t bytes, Stream stream, Event event,
    Span<std::uint64_t> keys, Span<const std::uint64_t> in, Span<std::uint32_t> values, Span<const std::uint32_t> values_in, int bit) {
  { c.name() } -> std::convertible_to<std::string>;
  { c.streams() } -> std::same_as<int>;
  { c.memory_budget() } -> std::same_as<std::size_t>;  ///< bytes that may be allocated in all
  { c.shared_limit() } -> std::same_as<std::size_t>;   ///< bytes of shared memory a block may ask for
  { c.peak_bytes() } -> std::same_as<std::size_t>;     ///< most that was allocated at one time
  // Stream-ordered memory: usable by work put on `stream` after `allocate` and before `release`. Throws DeviceOutOfMemory.
  { d.allocate(bytes, stream) } -> std::same_as<void*>;
  { d.release(p, stream) } noexcept;
  // Host memory that copies may run from and to.
  { d.allocate_pinned(bytes) } -> std::same_as<void*>;
  { d.release_pinned(p) } noexcept;
  // Asynchronous: the host's side must be pinned, and left alone until an event after the copy has been synchronised with.
  d.upload(p, q, bytes, stream);
  d.download(p, q, bytes, stream);
  d.zero(p, bytes, stream);
  { d.record(stream) } -> std::same_as<Event>;
  d.wait(stream, event);   ///< what is put on `stream` from now on runs after the event
  d.synchronise(event);    ///< the host waits. Throws DeviceLost.
  // Device-wide algorithms on bits [bit, bit) of the keys; stable. `in` is left as it is; in and out do not overlap.
  d.sort(in, keys, bit, bit, stream);
  d.sort_pairs(in, keys, values_in, values, bit, bit, stream);
  // Runs of equal keys: each key once, how many, and the number of runs.
  d.run_length_encode(in, keys, values, values, stream);
  d.exclusive_scan(in, keys, stream);
};
// clang-format on

/// Device memory for `size` words of T, given back in stream order.
template <class T, class Device>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  Buffer(Device& device, Stream stream, std::int64_t size) : device_(&device), stream_(stream) {
    if (size > 0) span_ = {static_cast<T*>(device.allocate(std::size_t(size) * sizeof(T), stream)), size};
  }
  Buffer(Buffer&& other) noexcept
      : device_(other.device_), stream_(other.stream_), span_(std::exchange(other.span_, {})) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(stream_, other.stream_);
    std::swap(span_, other.span_);
    return *this;
  }
  ~Buffer() {
    if (span_.data) device_->release(span_.data, stream_);
  }
  Span<T> span() const { return span_; }
  /// The same memory as bytes; this one is empty afterwards.
  Buffer<std::uint8_t, Device> into_bytes() {
    Buffer<std::uint8_t, Device> bytes;
    bytes.device_ = device_;
    bytes.stream_ = stream_;
    bytes.span_ = {reinterpret_cast<std::uint8_t*>(span_.data), span_.size * std::int64_t(sizeof(T))};
    span_ = {};
    return bytes;
  }
  operator Span<T>() const { return span_; }
  operator Span<const T>() const { return span_; }
  std::int64_t size() const { return span_.size; }
  template <class, class>
  friend class Buffer;
  void zero() {
    if (span_.size) device_->zero(span_.data, std::size_t(span_.size) * sizeof(T), stream_);
  }

 private:
  Device* device_ = nullptr;
  Stream stream_ = 0;
  Span<T> span_;
};

/// Pinned host memory for `size` words of T.
template <class T, class Device>
class Pinned {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Pinned() = default;
  Pinned(Device& device, std::int64_t size) : device_(&device), size_(size) {
    if (size > 0) data_ = static_cast<T*>(device.allocate_pinned(std::size_t(size) * sizeof(T)));
  }
  Pinned(Pinned&& other) noexcept
      : device_(other.device_), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Pinned& operator=(Pinned&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Pinned() {
    if (data_) device_->release_pinned(data_);
  }
  T* data() { return data_; }
  const T* data() const { return data_; }
  std::int64_t size() const { return size_; }
  T& operator[](std::int64_t i) { return data_[i]; }
  const T& operator[](std::int64_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }

 private:
  Device* device_ = nullptr;
  T* data_ = nullptr;
  std::int64_t size_ = 0;
};

/// Waits for a stream where an exception unwinds past it, so that no copy still reads the pinned memory that goes with it. A member of
/// what owns such memory, declared after it.
template <class Device>
class Settle {
 public:
  Settle() = default;
  Settle(Device& device, Stream stream) : device_(&device), stream_(stream), exceptions_(std::uncaught_exceptions()) {}
  Settle(Settle&& other) noexcept
      : device_(std::exchange(other.device_, nullptr)), stream_(other.stream_), exceptions_(other.exceptions_) {}
  Settle& operator=(Settle&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(stream_, other.stream_);
    std::swap(exceptions_, other.exceptions_);
    return *this;
  }
  ~Settle() {
    if (device_ && std::uncaught_exceptions() > exceptions_) try {
        device_->synchronise(device_->record(stream_));
      } catch (...) {  // the device is lost: nothing is copied any more
      }
  }

 private:
  Device* device_ = nullptr;
  Stream stream_ = 0;
  int exceptions_ = 0;
};

/// Uploads the first `n` words of pinned memory.
template <class T, class Device>
void upload(Device& device, Span<T> to, const Pinned<T, Device>& from, std::int64_t n, Stream stream) {
  if (n > 0) device.upload(to.data, from.data(), std::size_t(n) * sizeof(T), stream);
}

/// Downloads into the first words of pinned memory.
template <class T, class Device>
void download(Device& device, Pinned<std::remove_const_t<T>, Device>& to, Span<T> from, Stream stream) {
  if (from.size > 0) device.download(to.data(), from.data, std::size_t(from.size) * sizeof(T), stream);
}

}  // namespace radloom::backend
