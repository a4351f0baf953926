// Volumes made by formula, as generate.py makes them: every type of voxel, oblique and differing grids, labels, bins, regions that
// degenerate. The figures are PyRadiomics 3.0.1's.
#include "pyradiomics/formula_volumes.hpp"
#include "pyradiomics/runs.hpp"

namespace radloom::test {
namespace {

const Json& synthetic_file() {
  static const Json contents = figures("synthetic.json");
  return contents;
}

class Synthetic : public OnBackend<std::tuple<std::string, std::size_t>> {};

TEST_P(Synthetic, run) {
  const auto& [device, index] = GetParam();
  const auto& run = synthetic_file().at("runs").at(index);
  const std::string name = run.at("name");
  SCOPED_TRACE(name);
  const Json i = complete(synthetic_file(), run, "image"), m = complete(synthetic_file(), run, "mask");
  const std::int64_t label = m.at("label");
  const Volume image = formula_image(i), mask = formula_mask(m);

  ConfigRequest request;
  request.label = std::to_string(label);
  const Engine engine = engine_of_run(synthetic_file(), run, request, device);
  // Axes and eigenvalues of what is flat are roots of rounding errors.
  expect_figures(synthetic_file(), run, engine, engine.extract(image, mask, name), [](const auto& column) {
    return column.feature->family == Family::shape || column.name == "original_glcm_MCC" ? 1e-6 : 1e-12;
  });
}

INSTANTIATE_TEST_SUITE_P(Runs, Synthetic,
    testing::Combine(
        testing::ValuesIn(backends_of_whole_cases()), testing::ValuesIn(indices_of_runs(synthetic_file()))),
    [](const auto& instance) {
      const std::string device = std::get<0>(instance.param);
      const std::size_t index = std::get<1>(instance.param);
      return test_name(device + "_" + synthetic_file().at("runs").at(index).at("name").template get<std::string>() +
                       "_" + std::to_string(index));
    });

}  // namespace
}  // namespace radloom::test
