// Maps against PyRadiomics' own, voxel by voxel (generate.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>

#include "maps/formula_case.hpp"
#include "radloom/map.hpp"
#include "support/backends.hpp"
#include "support/data.hpp"
#include "support/json.hpp"
#include "support/measure.hpp"

namespace radloom::test {
namespace {

const Json& cases() {
  static const Json file = read_json(figures_root() / "maps" / "pyradiomics.json");
  return file;
}

Config config_of(const Json& spec) {
  Json setting = Json::object(), voxel = Json::object(), classes = Json::object();
  for (const auto& [key, value] : spec.at("setting").items())
    (key == "kernelRadius" || key == "maskedKernel" || key == "initValue" ? voxel : setting)[key] = value;
  setting["minimumROIDimensions"] = 1;
  const std::vector<std::string> every{"firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"};
  for (const auto& family : spec.value("families", every)) classes[family] = nullptr;
  const Json parameters{{"imageType", spec.value("imageType", Json{{"Original", Json::object()}})},
      {"setting", setting}, {"voxelSetting", voxel}, {"featureClass", classes}};
  return parse_config(parameters.dump(), spec.at("name"));
}

/// Below this a value is a rounding error: the square root of one in MCC and Imc2, else of sums of terms around 1.
double floor_of(const std::string& name) {
  return name.ends_with("MCC") || name.ends_with("Imc2") ? 1e-7 : name.ends_with("Imc1") ? 1e-9 : 1e-11;
}

class AsPyRadiomics : public OnBackend<std::tuple<std::string, std::size_t>> {};

TEST_P(AsPyRadiomics, everyVoxel) {
  const auto& [device, number] = GetParam();
  const Json& spec = cases()[number];
  SCOPED_TRACE(spec.at("name").get<std::string>());
  const auto [image, mask] = formula_case(spec);
  std::map<std::string, Volume> maps;
  map_features(config_of(spec), options_of(device, 2), image, mask, {[&](FeatureMap m) {
    EXPECT_EQ(m.problem, "");
    EXPECT_EQ(m.label, "1");
    maps[m.name] = m.volume;
  }});
  const Json& values = spec.at("values");
  ASSERT_EQ(maps.size(), values.size());
  const double outside = spec.at("setting").value("initValue", 0.0);
  const std::size_t every = spec.value("every", 1);
  double worst = 0;
  std::string worst_name;
  for (const auto& [name, theirs] : values.items()) {
    ASSERT_TRUE(maps.contains(name)) << name;
    const Volume& ours = maps[name];
    EXPECT_EQ(ours.geometry().size, (spec.at("crop").get<std::array<std::int64_t, 3>>())) << name;
    for (std::size_t d = 0; d < 3; ++d)
      EXPECT_NEAR(ours.geometry().origin_mm[d], spec.at("origin")[d].get<double>(), 1e-9) << name;
    // Where the crop lies in the image, to tell the region's voxels.
    const auto first = image.geometry().to_index(ours.geometry().origin_mm);
    const auto& size = ours.geometry().size;
    std::size_t voxel = 0, compared = 0;
    for (std::int64_t z = 0, i = 0; z < size[2]; ++z)
      for (std::int64_t y = 0; y < size[1]; ++y)
        for (std::int64_t x = 0; x < size[0]; ++x, ++i) {
          const auto& n = image.geometry().size;
          const auto at =
              std::size_t((std::llround(first[2] + double(z)) * n[1] + std::llround(first[1] + double(y))) * n[0] +
                          std::llround(first[0] + double(x)));
          const double value = ours.as<double>()[std::size_t(i)];
          bool inside = mask.as<std::uint8_t>()[at] != 0;
          if (spec.at("setting").contains("resegmentRange"))
            inside &= image.as<std::int16_t>()[at] >= spec.at("setting").at("resegmentRange")[0].get<int>();
          if (!inside) {
            EXPECT_EQ(value, outside) << name;
            continue;
          }
          if (voxel++ % every) continue;
          const Json& figure = theirs[compared++];
          const double expected = figure.is_null() ? std::nan("") : figure.get<double>();
          const double difference = relative(value, expected, floor_of(name));
          EXPECT_LE(difference, 1e-9) << name << " at " << x << ' ' << y << ' ' << z << ": " << value
                                      << ", PyRadiomics " << expected;
          if (difference > worst) {
            worst = difference;
            worst_name = name;
          }
        }
    EXPECT_EQ(compared, theirs.size()) << name;
    EXPECT_EQ(voxel, spec.at("voxels").get<std::size_t>()) << name;
  }
  std::printf("%s: worst %.2g (%s)\n", spec.at("name").get<std::string>().c_str(), worst, worst_name.c_str());
}

/// Every case on every backend; but not the many neighbourhoods of 125 voxels on the emulated one, which take it minutes. tests/kernels has some.
std::vector<std::tuple<std::string, std::size_t>> runs() {
  std::vector<std::tuple<std::string, std::size_t>> out;
  for (const auto& backend : backends_of_whole_cases())
    for (std::size_t i = 0; i < cases().size(); ++i)
      if (backend != "simt" || cases()[i].at("setting").value("kernelRadius", 1) == 1 || cases()[i].at("voxels") < 30)
        out.emplace_back(backend, i);
  return out;
}
INSTANTIATE_TEST_SUITE_P(Maps, AsPyRadiomics, ::testing::ValuesIn(runs()),
    [](const auto& run) { return std::get<0>(run.param) + "_" + std::to_string(std::get<1>(run.param)); });

}  // namespace
}  // namespace radloom::test
