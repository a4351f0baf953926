#pragma once
// The gray levels that occur in each neighbourhood of a block, and how many voxels have them.
#include <algorithm>
#include <cstdint>

#include "maps/family_map.hpp"
#include "maps/side_by_side.hpp"
#include "maps/sort_rows.hpp"

namespace radloom::maps {

/// Takes the gray levels of places, [place][lane], 0 where there is none, and leaves those that occur in each lane, [slot][lane]: once each, the
/// highest first, zeros behind. `voxels` [slot][lane] counts their places. Returns how many slots the fullest lane fills.
template <int bytes, class T>
[[gnu::always_inline]] inline int count_levels(int places, T* level, T* voxels) {
  using Integers = typename Register<bytes, T>::Integers;
  constexpr int width = Register<bytes, T>::lanes;
  sort_rows<bytes, lanes>(places, level);
  for (int lane = 0; lane < lanes; lane += width) {
    Integers before = Integers{} - 1;
    for (int k = 0; k < places; ++k) {
      Integers& own = integers<bytes>(level + k * lanes + lane);
      const Integers first = own != before;
      before = own;
      own &= first;
      integers<bytes>(voxels + k * lanes + lane) =
          (Integers{} + T(places - k)) & first;  // how many there are from here on
    }
  }
  sort_rows<bytes, lanes>(places, level);  // both are in order, but for zeros between
  sort_rows<bytes, lanes>(places, voxels);
  int slots = 0;
  for (int lane = 0; lane < lanes; lane += width) {
    for (int k = 0; k < places; ++k) {
      const Integers further = k + 1 < places ? integers<bytes>(voxels + (k + 1) * lanes + lane) : Integers{};
      Integers& own = integers<bytes>(voxels + k * lanes + lane);
      own = (own - further) & (integers<bytes>(level + k * lanes + lane) > 0);
    }
    for (int l = lane; l < lane + width; ++l)
      while (slots < places && level[slots * lanes + l] > 0) ++slots;
  }
  return slots;
}

}  // namespace radloom::maps
