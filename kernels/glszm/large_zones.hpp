#pragma once
#include <bit>
#include <cstdint>

#include "core/host_device.hpp"

namespace radloom::glszm {

/// How a zone too large for the dense table becomes a word to sort: (region, level, size) for its cell and (region, size) for the
/// marginal over levels. Neither is 0, which fills the places of the list that no zone took.
struct ZoneKeys {
  int size_bits = 0, level_bits = 0, region_bits = 0;

  RL_HD std::uint64_t cell(std::int64_t region, std::int64_t level, std::uint64_t size) const {
    return (std::uint64_t(region) << level_bits | std::uint64_t(level)) << size_bits | size;
  }
  RL_HD std::uint64_t of_size(std::int64_t region, std::uint64_t size) const {
    return std::uint64_t(region) << size_bits | size;
  }
  RL_HD std::uint64_t size(std::uint64_t key) const { return key & ((std::uint64_t(1) << size_bits) - 1); }
  RL_HD std::int32_t level(std::uint64_t key) const {
    return std::int32_t(key >> size_bits & ((std::uint64_t(1) << level_bits) - 1));
  }
  int cell_bits() const { return region_bits + level_bits + size_bits; }
  int of_size_bits() const { return region_bits + size_bits; }
};

/// The first of `n` ascending keys that is not below `key`.
template <class Keys>
RL_HD std::int64_t lower_bound(const Keys& keys, std::int64_t n, std::uint64_t key) {
  std::int64_t first = 0;
  while (n > 0) {
    const std::int64_t half = n / 2;
    if (keys[first + half] < key) {
      first += half + 1;
      n -= half + 1;
    } else n = half;
  }
  return first;
}

}  // namespace radloom::glszm
