#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "backend/backend.hpp"
#include "backend/cuda/device.hpp"

namespace radloom::backend {

/// Device memory whose last user is gone, until the thread that drives the device gives it back. Thread-safe.
template <AnyDevice Device>
class Returned {
 public:
  void add(Buffer<std::uint8_t, Device> memory) {
    const std::lock_guard lock(mutex_);
    memory_.push_back(std::move(memory));
  }
  void give_back() {
    std::vector<Buffer<std::uint8_t, Device>> memory;
    const std::lock_guard lock(mutex_);
    memory.swap(memory_);
  }

 private:
  std::mutex mutex_;
  std::vector<Buffer<std::uint8_t, Device>> memory_;
};

/// The voxels of an image on a device, shared by the images that are parts of it.
template <AnyDevice Device>
struct Resident {
  Resident(std::size_t device_lane, Buffer<std::uint8_t, Device> bytes, const std::array<std::int64_t, 3>& extent,
      Event written, std::shared_ptr<Returned<Device>> bin)
      : lane(device_lane), memory(std::move(bytes)), size(extent), ready(written), returned(std::move(bin)) {}
  Resident(const Resident&) = delete;
  Resident& operator=(const Resident&) = delete;
  ~Resident() { returned->add(std::move(memory)); }

  std::size_t lane;  ///< which of the backend's devices holds it
  Buffer<std::uint8_t, Device> memory;
  std::array<std::int64_t, 3> size;
  Event ready;
  std::shared_ptr<Returned<Device>> returned;
};

/// An image, or a box of one, that lies on a device. It must not outlive the backend that made it.
template <AnyDevice Device>
class DeviceImage final : public Image {
 public:
  DeviceImage(Geometry geometry, ScalarType type, std::array<std::int64_t, 3> first,
      std::shared_ptr<const Resident<Device>> resident)
      : geometry_(std::move(geometry)), type_(type), first_(first), resident_(std::move(resident)) {}
  const Geometry& geometry() const noexcept override { return geometry_; }
  ScalarType type() const { return type_; }
  /// Where its first voxel lies in what is resident.
  const std::array<std::int64_t, 3>& first() const { return first_; }
  const std::shared_ptr<const Resident<Device>>& resident() const { return resident_; }

  /// A box of it: the same memory.
  ImageHandle part(const Box& box) const {
    for (int d = 0; d < 3; ++d)
      if (box.first[d] < 0 || box.size[d] < 1 || box.first[d] + box.size[d] > geometry_.size[d])
        throw Error(ErrorCode::usage, "a box to crop must lie inside the volume");
    std::array<std::int64_t, 3> at = first_;
    for (int d = 0; d < 3; ++d) at[d] += box.first[d];
    return std::make_shared<DeviceImage>(crop(geometry_, box), type_, at, resident_);
  }

 private:
  Geometry geometry_;
  ScalarType type_;
  std::array<std::int64_t, 3> first_;
  std::shared_ptr<const Resident<Device>> resident_;
};

}  // namespace radloom::backend
