// What the reference data lack, on real cases: deprecated features, every interpolator, re-segmentation, normalisation, labels,
// intensities of floating point, checks of the region. The figures are generate.py's.
#include "pyradiomics/runs.hpp"
#include "radloom/io.hpp"
#include "support/data.hpp"

namespace radloom::test {
namespace {

/// The changes of generate.py's `changed`.
Volume changed(const Volume& volume, const std::string& change) {
  const auto& g = volume.geometry();
  if (change == "float32")
    return volume.visit([&](auto voxels) {
      std::vector<float> values;
      for (const auto v : voxels) values.push_back(float(v) * 0.37f + 0.1f);
      return Volume::from(g, std::move(values));
    });
  std::vector<std::uint8_t> in;
  volume.visit([&](auto voxels) {
    for (const auto v : voxels) in.push_back(v == 1);
  });
  std::vector<std::uint8_t> out(in.size(), 0);
  const auto plane = std::size_t(g.size[0] * g.size[1]);
  if (change == "thirds") {
    for (std::size_t k = 0; k < in.size(); ++k)
      if (in[k]) out[k] = std::uint8_t(1 + std::int64_t(k) % g.size[0] % 3);
  } else if (change == "one slice") {
    std::size_t best = 0, most = 0;
    for (std::size_t z = 0; z * plane < in.size(); ++z) {
      const auto area = std::size_t(
          std::count(in.begin() + std::ptrdiff_t(z * plane), in.begin() + std::ptrdiff_t((z + 1) * plane), 1));
      if (area > most) {
        most = area;
        best = z;
      }
    }
    std::copy(in.begin() + std::ptrdiff_t(best * plane), in.begin() + std::ptrdiff_t((best + 1) * plane),
        out.begin() + std::ptrdiff_t(best * plane));
  } else if (change == "one voxel") {
    out[std::size_t(std::find(in.begin(), in.end(), 1) - in.begin())] = 1;
  } else {
    throw std::runtime_error("no such change: " + change);
  }
  return Volume::from(g, std::move(out));
}

class Extras : public OnBackend<std::tuple<std::string, std::size_t>> {};

const Json& extras_file() {
  static const Json contents = figures("extras.json");
  return contents;
}

TEST_P(Extras, run) {
  const auto& [device, index] = GetParam();
  const auto& run = extras_file().at("runs").at(index);
  const std::string name = run.at("name"), case_name = run.at("case");
  SCOPED_TRACE(name + ", " + case_name);
  const auto folder = std::filesystem::path("pyradiomics");
  RADLOOM_NEEDS_DATA(folder / (case_name + "_image.nrrd"));
  Volume image = read_volume(data_root() / folder / (case_name + "_image.nrrd")).volume;
  Volume mask = read_volume(data_root() / folder / (case_name + "_label.nrrd")).volume;
  if (run.contains("image")) image = changed(image, run.at("image"));
  if (run.contains("mask")) mask = changed(mask, run.at("mask"));

  ConfigRequest request;
  if (run.contains("label")) request.label = run.at("label").get<std::string>();
  const Engine engine = engine_of_run(extras_file(), run, request, device);
  // Axes of a region of one slice are roots of rounding errors.
  expect_figures(extras_file(), run, engine, engine.extract(image, mask, case_name),
      [](const auto& column) { return column.feature->family == Family::shape ? 1e-6 : 1e-13; });
}

// Of real cases the emulated device has those of parity_test.cpp.
INSTANTIATE_TEST_SUITE_P(Runs, Extras,
    testing::Combine(testing::ValuesIn(native_backends()), testing::ValuesIn(indices_of_runs(extras_file()))),
    [](const auto& instance) {
      const std::string device = std::get<0>(instance.param);
      const std::size_t index = std::get<1>(instance.param);
      const auto& run = extras_file().at("runs").at(index);
      return test_name(device + "_" + run.at("name").template get<std::string>() + "_" +
                       run.at("case").template get<std::string>() + "_" + std::to_string(index));
    });

}  // namespace
}  // namespace radloom::test
