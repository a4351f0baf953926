#include "preprocess/round.hpp"

#include <cmath>
#include <vector>

namespace radloom {

Volume rounded(const Volume& volume) {
  return volume.visit([&]<class T>(std::span<const T> v) {
    if constexpr (std::is_integral_v<T>) {
      return volume;
    } else {
      std::vector<T> out(v.size());
      for (std::size_t i = 0; i < v.size(); ++i) out[i] = std::nearbyint(v[i]);
      return Volume::from<T>(volume.geometry(), std::move(out));
    }
  });
}

Volume in_double(const Volume& volume) {
  if (volume.type() == ScalarType::float64) return volume;
  return volume.visit(
      [&](auto v) { return Volume::from<double>(volume.geometry(), std::vector<double>(v.begin(), v.end())); });
}

}  // namespace radloom
