// Every texture matrix of two real cases, as PyRadiomics 3.0.1 counts it.
#include "pyradiomics/small_cases.hpp"
#include "radloom/io.hpp"
#include "support/data.hpp"

namespace radloom::test {
namespace {

class RealMatrices : public OnBackend<std::tuple<std::string, std::string>> {};

TEST_P(RealMatrices, equalPyRadiomics) {
  const auto& [device, name] = GetParam();
  const auto folder = std::filesystem::path("pyradiomics");
  RADLOOM_NEEDS_DATA(folder / (name + "_image.nrrd"));
  const auto backend = make_backend(device, 2);
  const Volume image = read_volume(data_root() / folder / (name + "_image.nrrd")).volume;
  std::vector<std::uint8_t> inside;
  const Volume labels = read_volume(data_root() / folder / (name + "_label.nrrd")).volume;
  labels.visit([&](auto voxels) {
    for (const auto v : voxels) inside.push_back(v == 1);
  });
  const Volume mask = Volume::from(image.geometry(), std::move(inside));
  const auto handle = backend->upload(image);
  const Json variants = figures("matrices.json").at(name);
  for (const auto& [variant, expected] : variants.items()) {
    SCOPED_TRACE(variant);
    const auto config = pyradiomics_config(expected.at("settings").dump(), matrices_alone);
    const auto all = columns(config);
    backend::Batch batch;
    batch.keep_matrices = true;
    batch.regions.push_back({handle, mask, &config.settings, all, Convention::pyradiomics});
    const auto measured = backend->measure(batch, {});
    ASSERT_EQ(measured.size(), 1u);
    ASSERT_TRUE(measured[0].matrices) << measured[0].failure.message;
    expect_digests(*measured[0].matrices, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, RealMatrices,
    testing::Combine(testing::ValuesIn(backends_of_real_cases()), testing::Values("brain1", "breast1")));

}  // namespace
}  // namespace radloom::test
