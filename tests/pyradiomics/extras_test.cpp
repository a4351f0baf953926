// What the reference data lack, on real cases: deprecated features, every interpolator, re-segmentation, normalisation, labels,
// intensities of floating point, checks of the region. The figures are generate.py's.
#include <cstdio>

#include "pyradiomics/figures.hpp"
#include "radloom/io.hpp"
#include "support/data.hpp"
#include "support/measure.hpp"

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

class Extras : public testing::TestWithParam<std::tuple<std::string, std::size_t>> {};

const Json& file() {
  static const Json contents = figures("extras.json");
  return contents;
}

TEST_P(Extras, run) {
  const auto& [device, index] = GetParam();
  const auto& run = file().at("runs").at(index);
  const std::string name = run.at("name"), case_name = run.at("case");
  SCOPED_TRACE(name + ", " + case_name);
  const auto folder = std::filesystem::path("pyradiomics");
  RADLOOM_NEEDS_DATA(folder / (case_name + "_image.nrrd"));
  Volume image = read_volume(data_root() / folder / (case_name + "_image.nrrd")).volume;
  Volume mask = read_volume(data_root() / folder / (case_name + "_label.nrrd")).volume;
  if (run.contains("image")) image = changed(image, run.at("image"));
  if (run.contains("mask")) mask = changed(mask, run.at("mask"));

  const Json parameters{{"imageType", {{"Original", Json::object()}}}, {"setting", run.at("setting")},
      {"featureClass", run.contains("featureClass") ? run.at("featureClass") : file().at("featureClass")}};
  ConfigRequest request;
  if (run.contains("label")) request.label = run.at("label").get<std::string>();
  const Engine engine(parse_config(parameters.dump(), name, request), options_of(device, 1));
  const auto record = engine.extract(image, mask, case_name);

  if (run.contains("fails")) {
    ASSERT_NE(record.status, Status::ok);
    const auto& error = record.regions.empty() ? record.error : record.regions[0].error;
    EXPECT_EQ(error.code, run.at("fails").get<std::string>()) << error.message;
    return;
  }
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  const auto& names = file().at("names").at(run.at("names").get<std::size_t>());
  ASSERT_EQ(engine.run().columns.size(), names.size());
  double worst = 0;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const std::string feature = "original_" + names[k].get<std::string>();
    std::size_t at = 0;
    while (at < names.size() && engine.run().columns[at].name != feature) ++at;
    ASSERT_LT(at, names.size()) << feature;
    const double ours = number(record.regions[0].values[at]), theirs = number_or_nan(run.at("values")[k]);
    // Axes of a region of one slice are roots of rounding errors.
    const bool length = engine.run().columns[at].feature->family == Family::shape;
    const double difference = relative(ours, theirs, length ? 1e-6 : 1e-13);
    EXPECT_LE(difference, 1e-6) << feature << ": " << ours << ", PyRadiomics " << theirs;
    worst = std::max(worst, difference);
  }
  std::printf("%s, %s: worst %.2g\n", name.c_str(), case_name.c_str(), worst);
}

std::vector<std::size_t> indices() {
  std::vector<std::size_t> result(file().at("runs").size());
  for (std::size_t k = 0; k < result.size(); ++k) result[k] = k;
  return result;
}

INSTANTIATE_TEST_SUITE_P(Runs, Extras, testing::Combine(testing::ValuesIn(backends()), testing::ValuesIn(indices())),
    [](const auto& instance) {
      std::string name = std::get<0>(instance.param) + "_" +
                         file().at("runs").at(std::get<1>(instance.param)).at("name").template get<std::string>() +
                         "_" + file().at("runs").at(std::get<1>(instance.param)).at("case").template get<std::string>();
      for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      return name + "_" + std::to_string(std::get<1>(instance.param));
    });

}  // namespace
}  // namespace radloom::test
