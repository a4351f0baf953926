#pragma once
#include "kernels/common/regions.hpp"
#include "kernels/common/span.hpp"

namespace radloom {

/// Calls f(view of const T) with the n samples that begin at `bytes`, in the type they are stored in.
template <class Exec, class F>
RL_HD void visit_samples(Exec& exec, const std::uint8_t* bytes, ScalarType type, std::int64_t n, const F& f) {
  switch (type) {
    case ScalarType::int8:
      return f(exec.global(Span<const std::int8_t>{reinterpret_cast<const std::int8_t*>(bytes), n}));
    case ScalarType::uint8: return f(exec.global(Span<const std::uint8_t>{bytes, n}));
    case ScalarType::int16:
      return f(exec.global(Span<const std::int16_t>{reinterpret_cast<const std::int16_t*>(bytes), n}));
    case ScalarType::uint16:
      return f(exec.global(Span<const std::uint16_t>{reinterpret_cast<const std::uint16_t*>(bytes), n}));
    case ScalarType::int32:
      return f(exec.global(Span<const std::int32_t>{reinterpret_cast<const std::int32_t*>(bytes), n}));
    case ScalarType::uint32:
      return f(exec.global(Span<const std::uint32_t>{reinterpret_cast<const std::uint32_t*>(bytes), n}));
    case ScalarType::float32: return f(exec.global(Span<const float>{reinterpret_cast<const float*>(bytes), n}));
    case ScalarType::float64: break;
  }
  f(exec.global(Span<const double>{reinterpret_cast<const double*>(bytes), n}));
}

}  // namespace radloom
