#include "preprocess/crop.hpp"

#include <algorithm>

#include "core/large_memory.hpp"

namespace radloom {

Volume crop(const Volume& volume, const Box& box) {
  const auto& size = volume.geometry().size;
  for (int d = 0; d < 3; ++d)
    if (box.first[d] < 0 || box.size[d] < 1 || box.first[d] + box.size[d] > size[d])
      throw Error(ErrorCode::usage, "a box to crop must lie inside the volume");
  if (box.size == size) return volume;
  return volume.visit([&]<class T>(std::span<const T> v) {
    const auto out = large_memory<T>(std::size_t(box.voxels()));
    T* to = out.get();
    for (std::int64_t z = 0; z < box.size[2]; ++z)
      for (std::int64_t y = 0; y < box.size[1]; ++y, to += box.size[0]) {
        const T* const from = v.data() + ((z + box.first[2]) * size[1] + y + box.first[1]) * size[0] + box.first[0];
        std::copy(from, from + box.size[0], to);
      }
    return Volume(crop(volume.geometry(), box), volume.type(), out);
  });
}

}  // namespace radloom
