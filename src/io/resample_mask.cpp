#include <tbb/blocked_range2d.h>
#include <tbb/parallel_for.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "io/stored_file.hpp"
#include "radloom/io.hpp"

namespace radloom {
namespace {

/// ITK's rule: a point is inside up to half a voxel from the outermost centres, the far side excluded; ties go up.
std::int64_t nearest(double index, std::int64_t size) {
  if (!(index >= -0.5 && index < double(size) - 0.5)) return -1;
  return std::int64_t(std::floor(index + 0.5));
}

}  // namespace

Volume resample_mask(const Volume& mask, const Geometry& image) {
  check_geometry(image, "the image's grid");
  check_geometry(mask.geometry(), "the mask's grid");
  const Geometry& from = mask.geometry();
  const std::size_t width = bytes_of(mask.type());
  const std::size_t bytes = std::size_t(image.voxels()) * width;
  const std::shared_ptr<std::byte> memory = io::allocate(bytes, "the resampled mask");
  std::memset(memory.get(), 0, bytes);
  const auto* const source = static_cast<const std::byte*>(mask.data());
  const auto fill_line = [&](std::int64_t y, std::int64_t z) {
    std::byte* target = memory.get() + std::size_t((z * image.size[1] + y) * image.size[0]) * width;
    // A line of the image is a line in the mask's indices; its ends are mapped and the rest interpolated, as ITK does.
    const auto begin = from.to_index(image.to_physical({0, double(y), double(z)}));
    const auto end = from.to_index(image.to_physical({double(image.size[0]), double(y), double(z)}));
    for (std::int64_t x = 0; x < image.size[0]; ++x, target += width) {
      const double along = double(x) / double(image.size[0]);
      std::array<std::int64_t, 3> at{};
      bool inside = true;
      for (std::size_t i = 0; i < 3 && inside; ++i) {
        at[i] = nearest(begin[i] + along * (end[i] - begin[i]), from.size[i]);
        inside = at[i] >= 0;
      }
      if (inside)
        std::memcpy(target, source + std::size_t((at[2] * from.size[1] + at[1]) * from.size[0] + at[0]) * width, width);
    }
  };
  tbb::parallel_for(
      tbb::blocked_range2d<std::int64_t>(0, image.size[2], 1, 0, image.size[1], 16), [&](const auto& block) {
        for (std::int64_t z = block.rows().begin(); z < block.rows().end(); ++z)
          for (std::int64_t y = block.cols().begin(); y < block.cols().end(); ++y) fill_line(y, z);
      });
  return Volume(image, mask.type(), std::shared_ptr<const void>(memory));
}

}  // namespace radloom
