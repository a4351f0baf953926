#include "families/common/touching.hpp"

#include "core/simd.hpp"

namespace radloom::zones {
namespace {

/// Of voxel x and a row beside it. A voxel that has the level of its neighbour in the row lies in one run with it, and voxels that have one
/// level side by side in the other row do too: what one of them meets, all have met.
template <class T>
[[gnu::always_inline]] inline std::uint8_t places(const T* row, const T* other, std::int32_t x) {
  const T level = row[x];
  const std::uint8_t before = other[x - 1] == level, at = other[x] == level, behind = other[x + 1] == level,
                     from = row[x - 1] == level, on = row[x + 1] == level, inside = level != 0;
  const std::uint8_t first = before & ~at & ~from, middle = at & ~(from & before), last = behind & ~at & ~on;
  return std::uint8_t((first & inside) | (middle & inside) << 1 | (last & inside) << 2);
}

template <class T>
RL_SIMD_CLONES void with_diagonals(const T* row, RowsBeside<T> beside, std::int32_t first, std::int32_t last,
    std::uint8_t* code_0, std::uint8_t* code_1) {
  const T *const a = beside[0], *const b = beside[1], *const c = beside[2], *const d = beside[3];
  RL_INDEPENDENT
  for (std::int32_t x = first; x < last; ++x) code_0[x] = std::uint8_t(places(row, a, x) | places(row, b, x) << 3);
  RL_INDEPENDENT
  for (std::int32_t x = first; x < last; ++x) code_1[x] = std::uint8_t(places(row, c, x) | places(row, d, x) << 3);
}

template <class T>
void find(const T* row, RowsBeside<T> beside, std::int32_t first, std::int32_t last, bool diagonals,
    std::uint8_t* code_0, std::uint8_t* code_1) {
  if (diagonals) return with_diagonals<T>(row, beside, first, last, code_0, code_1);
  const auto at = [&](int r, std::int32_t x) { return row[x] != 0 && beside[r][x] == row[x]; };
  for (std::int32_t x = first; x < last; ++x) {
    code_0[x] = std::uint8_t(at(0, x) << 1 | at(1, x) << 4);
    code_1[x] = std::uint8_t(at(2, x) << 1 | at(3, x) << 4);
  }
}

}  // namespace

void find_touching(const std::uint8_t* row, RowsBeside<std::uint8_t> beside, std::int32_t first, std::int32_t last,
    bool diagonals, std::uint8_t* code_0, std::uint8_t* code_1) {
  find<std::uint8_t>(row, beside, first, last, diagonals, code_0, code_1);
}

void find_touching(const std::uint16_t* row, RowsBeside<std::uint16_t> beside, std::int32_t first, std::int32_t last,
    bool diagonals, std::uint8_t* code_0, std::uint8_t* code_1) {
  find<std::uint16_t>(row, beside, first, last, diagonals, code_0, code_1);
}

}  // namespace radloom::zones
