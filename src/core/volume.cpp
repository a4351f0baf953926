#include "radloom/volume.hpp"

namespace radloom {

std::string_view type_name(ScalarType type) noexcept {
  switch (type) {
    case ScalarType::int8: return "int8";
    case ScalarType::uint8: return "uint8";
    case ScalarType::int16: return "int16";
    case ScalarType::uint16: return "uint16";
    case ScalarType::int32: return "int32";
    case ScalarType::uint32: return "uint32";
    case ScalarType::float32: return "float32";
    case ScalarType::float64: break;
  }
  return "float64";
}

std::size_t bytes_of(ScalarType type) noexcept {
  switch (type) {
    case ScalarType::int8:
    case ScalarType::uint8: return 1;
    case ScalarType::int16:
    case ScalarType::uint16: return 2;
    case ScalarType::int32:
    case ScalarType::uint32:
    case ScalarType::float32: return 4;
    case ScalarType::float64: break;
  }
  return 8;
}

Volume::Volume(Geometry geometry, ScalarType type, std::shared_ptr<const void> data)
    : geometry_(std::move(geometry)), type_(type), data_(std::move(data)) {
  if (!data_ && geometry_.voxels() != 0)
    throw Error(ErrorCode::usage, "a volume with voxels needs the memory that holds them; none was given");
}

}  // namespace radloom
