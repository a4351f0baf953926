#pragma once
/// Volumes made by formula, as generate.py makes them.
#include "pyradiomics/figures.hpp"
#include "radloom/volume.hpp"

namespace radloom::test {

/// What a run says of a volume, with the file's usual values where it says nothing.
inline Json complete(const Json& file, const Json& run, const char* what) {
  Json result = file.at("usual").at(what);
  result.update(run.at(what));
  return result;
}

inline Geometry grid_of(const Json& spec) {
  Geometry g;
  g.size = spec.at("size").get<std::array<std::int64_t, 3>>();
  g.spacing_mm = spec.at("spacing").get<std::array<double, 3>>();
  g.origin_mm = spec.at("origin").get<std::array<double, 3>>();
  g.direction = spec.at("direction").get<std::array<double, 9>>();
  return g;
}

/// Calls value(x, y, z) for each voxel and stores it as `kind`; floating point takes a quarter of it, masks apart.
template <class F>
Volume make(const Geometry& g, const std::string& kind, bool quarters, F&& value) {
  const auto as = [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> voxels;
    for (std::int64_t z = 0; z < g.size[2]; ++z)
      for (std::int64_t y = 0; y < g.size[1]; ++y)
        for (std::int64_t x = 0; x < g.size[0]; ++x) {
          T v = T(value(x, y, z));
          if constexpr (std::is_floating_point_v<T>)
            if (quarters) v *= T(0.25);
          voxels.push_back(v);
        }
    return Volume::from(g, std::move(voxels));
  };
  if (kind == "int8") return as(std::int8_t{});
  if (kind == "uint8") return as(std::uint8_t{});
  if (kind == "int16") return as(std::int16_t{});
  if (kind == "uint16") return as(std::uint16_t{});
  if (kind == "int32") return as(std::int32_t{});
  if (kind == "uint32") return as(std::uint32_t{});
  if (kind == "float32") return as(float{});
  if (kind == "float64") return as(double{});
  throw std::runtime_error("no such type: " + kind);
}

/// generate.py's formula_image.
inline Volume formula_image(const Json& spec) {
  const std::int64_t modulus = spec.at("modulus"), offset = spec.at("offset");
  return make(grid_of(spec), spec.at("kind"), true, [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    return (3 * x * x + 7 * y + 5 * z * z + x * y + (13 * x + 29 * y + 47 * z) % 31 * 4) % modulus + offset;
  });
}

/// generate.py's formula_mask.
inline Volume formula_mask(const Json& spec) {
  const std::int64_t label = spec.at("label"), radius = spec.at("radius");
  const auto centre = spec.at("centre").get<std::array<std::int64_t, 3>>(),
             weights = spec.at("weights").get<std::array<std::int64_t, 3>>();
  return make(grid_of(spec), spec.at("kind"), false, [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    const std::array<std::int64_t, 3> at{x, y, z};
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += weights[k] * (at[k] - centre[k]) * (at[k] - centre[k]);
    return sum <= radius ? label : 0;
  });
}

}  // namespace radloom::test
