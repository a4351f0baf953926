// Image types beside Original on volumes made by formula, with everything that decides how much of the image a filter sees:
// cropping, resampling, normalisation, re-segmentation, borders. The figures are PyRadiomics 3.0.1's.
#include <algorithm>

#include "pyradiomics/formula_volumes.hpp"
#include "pyradiomics/runs.hpp"

namespace radloom::test {
namespace {

const Json& filters_file() {
  static const Json contents = figures("filters.json");
  return contents;
}

class Filters : public testing::TestWithParam<std::tuple<std::string, std::size_t>> {};

TEST_P(Filters, run) {
  const auto& [device, index] = GetParam();
  RADLOOM_NEEDS_BACKEND(device);
  const auto& run = filters_file().at("runs").at(index);
  const std::string name = run.at("name");
  SCOPED_TRACE(name);
  const Json parameters{{"imageType", run.at("imageType")}, {"setting", run.at("setting")},
      {"featureClass", filters_file().at("featureClass")}};
  const Engine engine(parse_config(parameters.dump(), name), options_of(device, 1));
  const auto record = engine.extract(
      formula_image(complete(filters_file(), run, "image")), formula_mask(complete(filters_file(), run, "mask")), name);
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  const auto& names = filters_file().at("names").at(run.at("names").get<std::size_t>());
  const auto& columns = engine.run().columns;
  // The images come in PyRadiomics' order.
  std::vector<std::string> ours, theirs;
  const auto add = [](std::vector<std::string>& images, const std::string& column) {
    const auto image = column.substr(0, column.find('_'));
    if (column.find("_shape") == std::string::npos && std::find(images.begin(), images.end(), image) == images.end())
      images.push_back(image);
  };
  for (const auto& column : columns) add(ours, column.name);
  for (const auto& column : names) add(theirs, column.get<std::string>());
  EXPECT_EQ(ours, theirs);
  ASSERT_EQ(columns.size(), names.size());
  double worst = 0;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const auto at = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == names[k]; });
    ASSERT_NE(at, columns.end()) << names[k];
    const double value = number(record.regions[0].values[std::size_t(at - columns.begin())]);
    const double expected = number_or_nan(run.at("values")[k]);
    const double difference = relative(value, expected, 1e-9);
    EXPECT_LE(difference, 1e-6) << names[k] << ": " << value << ", PyRadiomics " << expected;
    worst = std::max(worst, difference);
  }
  std::printf("%s: worst %.2g\n", name.c_str(), worst);
}

/// Every run on every backend, but for the emulated device: of the image types that it leaves to the host, LBP, it is given one run of each
/// kind.
std::vector<std::tuple<std::string, std::size_t>> runs_by_backend() {
  std::vector<std::tuple<std::string, std::size_t>> all;
  for (const auto& device : backends_of_whole_cases())
    for (const auto index : indices_of_runs(filters_file())) {
      const std::string name = filters_file().at("runs").at(index).at("name");
      if (device != "simt" || !name.starts_with("LBP") || name.ends_with(" of int16") || name.ends_with(", resampled"))
        all.emplace_back(device, index);
    }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Runs, Filters, testing::ValuesIn(runs_by_backend()), [](const auto& instance) {
  const std::string device = std::get<0>(instance.param);
  const std::size_t index = std::get<1>(instance.param);
  return test_name(device + "_" + filters_file().at("runs").at(index).at("name").template get<std::string>() + "_" +
                   std::to_string(index));
});

}  // namespace
}  // namespace radloom::test
