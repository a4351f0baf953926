// Volumes made by formula, as generate.py makes them: every type of voxel, oblique and differing grids, labels, bins, regions that
// degenerate. The figures are PyRadiomics 3.0.1's.
#include "pyradiomics/runs.hpp"

namespace radloom::test {
namespace {

const Json& file() {
  static const Json contents = figures("synthetic.json");
  return contents;
}

/// What the file says of a volume, with the usual values where it says nothing.
Json complete(const Json& run, const char* what) {
  Json result = file().at("usual").at(what);
  result.update(run.at(what));
  return result;
}

Geometry grid_of(const Json& spec) {
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

class Synthetic : public OnBackend<std::tuple<std::string, std::size_t>> {};

TEST_P(Synthetic, run) {
  const auto& [device, index] = GetParam();
  const auto& run = file().at("runs").at(index);
  const std::string name = run.at("name");
  SCOPED_TRACE(name);
  const Json i = complete(run, "image"), m = complete(run, "mask");
  const std::int64_t modulus = i.at("modulus"), offset = i.at("offset"), label = m.at("label"), radius = m.at("radius");
  const auto centre = m.at("centre").get<std::array<std::int64_t, 3>>(),
             weights = m.at("weights").get<std::array<std::int64_t, 3>>();
  const Volume image = make(grid_of(i), i.at("kind"), true, [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    return (3 * x * x + 7 * y + 5 * z * z + x * y + (13 * x + 29 * y + 47 * z) % 31 * 4) % modulus + offset;
  });
  const Volume mask = make(grid_of(m), m.at("kind"), false, [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    const std::array<std::int64_t, 3> at{x, y, z};
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += weights[k] * (at[k] - centre[k]) * (at[k] - centre[k]);
    return sum <= radius ? label : 0;
  });

  ConfigRequest request;
  request.label = std::to_string(label);
  const Engine engine = engine_of_run(file(), run, request, device);
  // Axes and eigenvalues of what is flat are roots of rounding errors.
  expect_figures(file(), run, engine, engine.extract(image, mask, name), [](const auto& column) {
    return column.feature->family == Family::shape || column.name == "original_glcm_MCC" ? 1e-6 : 1e-12;
  });
}

INSTANTIATE_TEST_SUITE_P(Runs, Synthetic,
    testing::Combine(testing::ValuesIn(backends()), testing::ValuesIn(indices_of_runs(file()))),
    [](const auto& instance) {
      const std::string device = std::get<0>(instance.param);
      const std::size_t index = std::get<1>(instance.param);
      return test_name(device + "_" + file().at("runs").at(index).at("name").template get<std::string>() + "_" +
                       std::to_string(index));
    });

}  // namespace
}  // namespace radloom::test
