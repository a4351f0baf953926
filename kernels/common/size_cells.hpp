#pragma once
#include <cstdint>
#include <vector>

#include "backend/cuda/device.hpp"
#include "backend/matrices.hpp"
#include "kernels/common/regions.hpp"
#include "kernels/common/size_rows.hpp"

namespace radloom {

/// Device memory on the host, for `collect`: waits.
template <class T, class Device>
std::vector<std::remove_const_t<T>> fetched(Device& device, backend::Stream stream, Span<T> from) {
  backend::Pinned<std::remove_const_t<T>, Device> home(device, from.size);
  const backend::Settle<Device> settle(device, stream);
  backend::download(device, home, from, stream);
  device.synchronise(device.record(stream));
  return {home.begin(), home.end()};
}

/// The cells of matrix `m` of `matrices` of a region that are not 0, by level, then size, from what lies in rows (see SizeRows).
inline std::vector<Matrices::Cell> size_cells(const LevelRegion& r, const SizeRows& rows,
    const std::vector<std::uint32_t>& row_end, const std::vector<std::uint32_t>& counts, int m, int matrices) {
  std::vector<Matrices::Cell> cells;
  const std::uint32_t* const end = row_end.data() + r.histogram;
  const std::uint32_t* const count = counts.data() + rows.first_cell * matrices + m * rows.cells;
  for (std::int32_t g = 1; g <= r.highest; ++g)
    for (std::int64_t c = end[g - 1]; c < end[g]; ++c)
      if (count[c]) cells.push_back({g, c - end[g - 1] + 1, count[c]});
  return cells;
}

}  // namespace radloom
