#pragma once
/// The volumes of generate.py.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "radloom/volume.hpp"

namespace radloom::test {

struct FormulaCase {
  Volume image, mask;
};

inline FormulaCase formula_case(const nlohmann::ordered_json& spec) {
  Geometry grid;
  grid.size = spec.at("size").get<std::array<std::int64_t, 3>>();
  grid.spacing_mm = spec.at("spacing").get<std::array<double, 3>>();
  grid.origin_mm = {-3.5, 20, 7.25};
  const auto ball = spec.at("ball").get<std::array<std::int64_t, 4>>();
  const std::int64_t noise = spec.at("noise");
  const bool single = spec.at("type") == "float32", planes = spec.value("planes", false);
  std::vector<std::int16_t> integers;
  std::vector<float> singles;
  std::vector<std::uint8_t> mask;
  for (std::int64_t z = 0; z < grid.size[2]; ++z)
    for (std::int64_t y = 0; y < grid.size[1]; ++y)
      for (std::int64_t x = 0; x < grid.size[0]; ++x) {
        const std::int64_t h = ((x * 73856093) ^ (y * 19349663) ^ (z * 83492791)) % 1009;
        const std::int64_t v = 40 + 3 * x + 5 * y - 4 * z + h % noise;
        integers.push_back(std::int16_t(v));
        singles.push_back(float(double(v) * 0.37 - 11));
        const auto [cx, cy, cz, radius] = ball;
        const std::int64_t u = x - cx, w = y - cy, t = z - cz;
        mask.push_back(u * u + w * w + 2 * t * t <= radius && !(u == 1 && w == 0) && (!planes || t == 0));
      }
  return {single ? Volume::from(grid, std::move(singles)) : Volume::from(grid, std::move(integers)),
      Volume::from(grid, std::move(mask))};
}

}  // namespace radloom::test
