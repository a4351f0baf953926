#pragma once
// Small volumes for tests: a grid, an image without a pattern, a mask of two boxes.
#include <cstdint>
#include <string>
#include <vector>

#include "cli/run_program.hpp"
#include "radloom/io.hpp"

namespace radloom::test {

inline Geometry small_grid() { return {{12, 10, 8}, {1, 1.5, 2}, {-3, 4, 5}, {1, 0, 0, 0, 1, 0, 0, 0, 1}}; }

/// 0 .. 199, by a linear congruence.
template <class T = std::int16_t>
std::vector<T> small_values(const Geometry& grid, std::uint32_t seed = 1) {
  std::vector<T> values(std::size_t(grid.voxels()));
  for (auto& value : values) {
    seed = seed * 1664525 + 1013904223;
    value = T((seed >> 16) % 200);
  }
  return values;
}

/// Label 1 in 4 x 5 x 3 voxels from (2, 3, 1), label 3 in 3 x 2 x 2 from (8, 1, 5).
inline std::vector<std::uint8_t> small_labels(const Geometry& grid) {
  std::vector<std::uint8_t> labels(std::size_t(grid.voxels()));
  const auto fill = [&](std::array<std::int64_t, 3> first, std::array<std::int64_t, 3> size, std::uint8_t label) {
    for (auto z = first[2]; z < first[2] + size[2]; ++z)
      for (auto y = first[1]; y < first[1] + size[1]; ++y)
        for (auto x = first[0]; x < first[0] + size[0]; ++x)
          labels[std::size_t((z * grid.size[1] + y) * grid.size[0] + x)] = label;
  };
  fill({2, 3, 1}, {4, 5, 3}, 1);
  fill({8, 1, 5}, {3, 2, 2}, 3);
  return labels;
}

/// A folder with image.nii.gz and mask.nii.gz in it.
class SmallCase : public ::testing::Test {
 protected:
  SmallCase() {
    write_volume(image, Volume::from(grid, small_values(grid)));
    write_volume(mask, Volume::from(grid, small_labels(grid)));
  }

  /// `radloom extract image mask -o record.json` and more.
  Outcome extract(const fs::path& image_file, const fs::path& mask_file, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"extract", image_file.string(), mask_file.string(), "-o", record.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  TemporaryFolder folder;
  Geometry grid = small_grid();
  fs::path image = folder / "image.nii.gz", mask = folder / "mask.nii.gz", record = folder / "record.json";
};

}  // namespace radloom::test
