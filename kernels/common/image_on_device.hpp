#pragma once
#include <array>

#include "kernels/common/span.hpp"
#include "radloom/volume.hpp"

namespace radloom {

/// An image to filter: a block of it on the device, as filters take it on the host (filters/block.hpp).
struct ImageOnDevice {
  Span<const std::uint8_t> voxels;  ///< bytes
  ScalarType type = ScalarType::int16;
  std::array<std::int64_t, 3> size{};   ///< of the block
  std::array<std::int64_t, 3> first{};  ///< where the block lies in the whole image
  std::array<std::int64_t, 3> whole{};
  std::array<double, 3> spacing_mm{};
};

}  // namespace radloom
