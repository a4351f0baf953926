#pragma once
// What filters share: boxes, and a value for each of their voxels.
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "core/boxes.hpp"
#include "core/large_memory.hpp"
#include "filters/block.hpp"
#include "radloom/geometry.hpp"

namespace radloom::filters {

/// A box and what lies around it, as far as the image goes.
inline Box widened(
    const Box& box, const std::array<std::int64_t, 3>& margin, const std::array<std::int64_t, 3>& whole) {
  Box out;
  for (int d = 0; d < 3; ++d) {
    out.first[d] = std::max<std::int64_t>(0, box.first[d] - margin[d]);
    out.size[d] = std::min(whole[d], box.first[d] + box.size[d] + margin[d]) - out.first[d];
  }
  return out;
}

/// The grid of a box that counts from the whole image's first voxel.
inline Geometry grid_of(const Block& image, const Box& box) {
  Box within = box;
  for (int d = 0; d < 3; ++d) {
    within.first[d] -= image.first[d];
    if (within.first[d] < 0 || box.size[d] < 1 || within.first[d] + box.size[d] > image.voxels.geometry().size[d])
      throw Error(ErrorCode::usage, "a box to filter must lie inside the block");
  }
  return crop(image.voxels.geometry(), within);
}

/// A volume of samples, x fastest.
template <class T>
Volume volume_over(const Geometry& grid, const std::shared_ptr<T[]>& samples) {
  return {grid, scalar_type_of<T>(), std::shared_ptr<const void>(samples, samples.get())};
}

/// f(place in the block's memory of the first voxel, its y and z in the whole image, where its value goes) for every row of the box, in parallel.
template <class T, class F>
Volume each_row(const Block& image, const Box& box, const std::shared_ptr<KeptMemory>& memory, const F& f) {
  const Geometry grid = grid_of(image, box);
  const auto& size = image.voxels.geometry().size;
  const auto out = large_memory<T>(std::size_t(box.voxels()), memory);
  tbb::parallel_for(std::int64_t(0), box.size[1] * box.size[2], [&](std::int64_t row) {
    const std::int64_t y = box.first[1] + row % box.size[1], z = box.first[2] + row / box.size[1];
    f(((z - image.first[2]) * size[1] + y - image.first[1]) * size[0] + box.first[0] - image.first[0], y, z,
        out.get() + row * box.size[0]);
  });
  return volume_over(grid, out);
}

/// f(place in the block's memory, x, y, z in the whole image) for every voxel of the box, rows in parallel.
template <class T, class F>
Volume each_voxel(const Block& image, const Box& box, const F& f) {
  return each_row<T>(image, box, nullptr, [&](std::int64_t from, std::int64_t y, std::int64_t z, T* to) {
    for (std::int64_t i = 0; i < box.size[0]; ++i) to[i] = f(from + i, box.first[0] + i, y, z);
  });
}

}  // namespace radloom::filters
