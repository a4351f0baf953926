#pragma once
/// Voxels in memory, in the type they were stored in.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "radloom/error.hpp"
#include "radloom/geometry.hpp"

namespace radloom {

enum class ScalarType : std::uint8_t { int8, uint8, int16, uint16, int32, uint32, float32, float64 };

std::string_view type_name(ScalarType type) noexcept;
std::size_t bytes_of(ScalarType type) noexcept;

template <class T>
constexpr ScalarType scalar_type_of() {
  if constexpr (std::is_same_v<T, std::int8_t>) return ScalarType::int8;
  else if constexpr (std::is_same_v<T, std::uint8_t>) return ScalarType::uint8;
  else if constexpr (std::is_same_v<T, std::int16_t>) return ScalarType::int16;
  else if constexpr (std::is_same_v<T, std::uint16_t>) return ScalarType::uint16;
  else if constexpr (std::is_same_v<T, std::int32_t>) return ScalarType::int32;
  else if constexpr (std::is_same_v<T, std::uint32_t>) return ScalarType::uint32;
  else if constexpr (std::is_same_v<T, float>) return ScalarType::float32;
  else {
    static_assert(std::is_same_v<T, double>, "not a voxel type");
    return ScalarType::float64;
  }
}

/// An immutable volume: a grid and its voxels, x fastest, then y, then z. Copies share the voxels, so a Volume is cheap to
/// pass by value and safe to read from any number of threads. A caller's own memory can be wrapped without a copy: the
/// shared pointer's deleter says what happens at the end.
class Volume {
 public:
  Volume() = default;
  /// Wraps `data`, which holds geometry.voxels() values of `type`. Throws Error(usage) when data is null and voxels exist.
  Volume(Geometry geometry, ScalarType type, std::shared_ptr<const void> data);

  /// Takes a vector over. Throws Error(usage) unless it holds geometry.voxels() values.
  template <class T>
  static Volume from(const Geometry& geometry, std::vector<T> values) {
    if (std::int64_t(values.size()) != geometry.voxels())
      throw Error(ErrorCode::usage, "a volume needs as many values as its grid has voxels");
    auto owner = std::make_shared<std::vector<T>>(std::move(values));
    return Volume(geometry, scalar_type_of<T>(), std::shared_ptr<const void>(owner, owner->data()));
  }

  const Geometry& geometry() const noexcept { return geometry_; }
  ScalarType type() const noexcept { return type_; }
  const void* data() const noexcept { return data_.get(); }
  const std::shared_ptr<const void>& owner() const noexcept { return data_; }
  bool empty() const noexcept { return geometry_.voxels() == 0; }

  /// The voxels as T. Throws Error(usage) when that is not the stored type.
  template <class T>
  std::span<const T> as() const {
    if (scalar_type_of<T>() != type_) throw Error(ErrorCode::usage, "the volume holds another voxel type");
    return {static_cast<const T*>(data_.get()), std::size_t(geometry_.voxels())};
  }

  /// Calls f(std::span<const T>) with the stored type.
  template <class F>
  decltype(auto) visit(F&& f) const {
    switch (type_) {
      case ScalarType::int8: return f(as<std::int8_t>());
      case ScalarType::uint8: return f(as<std::uint8_t>());
      case ScalarType::int16: return f(as<std::int16_t>());
      case ScalarType::uint16: return f(as<std::uint16_t>());
      case ScalarType::int32: return f(as<std::int32_t>());
      case ScalarType::uint32: return f(as<std::uint32_t>());
      case ScalarType::float32: return f(as<float>());
      case ScalarType::float64: break;
    }
    return f(as<double>());
  }

 private:
  Geometry geometry_;
  ScalarType type_ = ScalarType::uint8;
  std::shared_ptr<const void> data_;
};

}  // namespace radloom
