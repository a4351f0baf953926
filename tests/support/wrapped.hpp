#pragma once
#include <cstdint>
#include <type_traits>

namespace radloom::test {

/// A number in the type T; integers take it modulo their range, so that one formula fills images of every type.
template <class T>
T wrapped(double value) {
  if constexpr (std::is_integral_v<T>) return T(std::int64_t(value));
  else return T(value);
}

}  // namespace radloom::test
