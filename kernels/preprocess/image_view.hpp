#pragma once
#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"

namespace radloom {

/// Calls f(view of const T) with the voxels of a region's box in the type they are stored in.
template <class Exec, class F>
RL_HD void visit_image(Exec& exec, const Span<const std::uint8_t>& images, const BoxRegion& r, const F& f) {
  const std::uint8_t* const at = images.data + r.image;
  const std::int64_t n = r.voxels();
  switch (r.type) {
    case ScalarType::int8: return f(exec.global(Span<const std::int8_t>{reinterpret_cast<const std::int8_t*>(at), n}));
    case ScalarType::uint8: return f(exec.global(Span<const std::uint8_t>{at, n}));
    case ScalarType::int16:
      return f(exec.global(Span<const std::int16_t>{reinterpret_cast<const std::int16_t*>(at), n}));
    case ScalarType::uint16:
      return f(exec.global(Span<const std::uint16_t>{reinterpret_cast<const std::uint16_t*>(at), n}));
    case ScalarType::int32:
      return f(exec.global(Span<const std::int32_t>{reinterpret_cast<const std::int32_t*>(at), n}));
    case ScalarType::uint32:
      return f(exec.global(Span<const std::uint32_t>{reinterpret_cast<const std::uint32_t*>(at), n}));
    case ScalarType::float32: return f(exec.global(Span<const float>{reinterpret_cast<const float*>(at), n}));
    case ScalarType::float64: break;
  }
  f(exec.global(Span<const double>{reinterpret_cast<const double*>(at), n}));
}

}  // namespace radloom
