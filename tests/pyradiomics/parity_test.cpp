// Five real cases, from their files: every feature of every parameter set, of every image type, equals PyRadiomics 3.0.1.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "pyradiomics/exceptions.hpp"
#include "support/data.hpp"
#include "support/measure.hpp"

namespace radloom::test {
namespace {

using SetAndCase = std::tuple<std::string, std::string, std::string>;  ///< device, parameter set, case

class Parity : public OnBackend<SetAndCase> {};

/// Where only counts enter: every texture, but for sets whose gray levels come out of interpolation or normalisation or whose
/// matrices are weighted by irrational numbers. MCC is the root of an eigenvalue, and PyRadiomics adds epsilon to a denominator.
double tolerance(const std::string& set, const FeatureDefinition& feature) {
  const bool texture =
      feature.family != Family::firstorder && feature.family != Family::shape && feature.family != Family::shape2d;
  const bool counts = set.rfind("01", 0) == 0 || set.rfind("02", 0) == 0 || set.rfind("05", 0) == 0 ||
                      set.rfind("06", 0) == 0 || set.rfind("09", 0) == 0 || set.rfind("10", 0) == 0;
  return texture && counts ? 1e-9 : 1e-6;
}

TEST_P(Parity, everyFeature) {
  const auto& [device, set, name] = GetParam();
  const auto folder = std::filesystem::path("pyradiomics");
  RADLOOM_NEEDS_DATA(folder / "expected" / (set + ".json"));
  RADLOOM_NEEDS_DATA(folder / (name + "_image.nrrd"));
  const auto expected = read_json(data_root() / folder / "expected" / (set + ".json")).at("cases").at(name);
  std::ifstream file(data_root() / folder / "params" / (set + ".yaml"));
  std::stringstream text;
  text << file.rdbuf();
  const Engine engine(parse_config(text.str(), set), options_of(device, 1));
  const auto record = engine.extract(case_of(name, folder / (name + "_image.nrrd"), folder / (name + "_label.nrrd")));
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  ASSERT_EQ(record.regions.size(), 1u);

  Exceptions exceptions(set);
  EXPECT_EQ(engine.run().columns.size(), expected.size());
  double worst = 0, worst_counts = 0;
  std::string worst_name = "-", worst_counts_name = "-";
  for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
    const auto& column = engine.run().columns[k];
    ASSERT_TRUE(expected.contains(column.name)) << column.name;
    const double ours = number(record.regions[0].values[k]), theirs = number_or_nan(expected.at(column.name));
    const double difference = relative(ours, theirs);
    const double limit = column.image_type == "original" ? tolerance(set, *column.feature) : 1e-6;
    if (difference > limit && exceptions.allow(name, column.name)) continue;
    EXPECT_LE(difference, limit) << column.name << ": " << ours << ", PyRadiomics " << theirs;
    auto& most = limit < 1e-6 ? worst_counts : worst;
    if (difference > most) {
      most = difference;
      (limit < 1e-6 ? worst_counts_name : worst_name) = column.name;
    }
  }
  exceptions.expect_all_needed(name);
  std::printf("%s %s: worst %.2g (%s); where only counts enter %.2g (%s)\n", set.c_str(), name.c_str(), worst,
      worst_name.c_str(), worst_counts, worst_counts_name.c_str());
}

INSTANTIATE_TEST_SUITE_P(Sets, Parity,
    testing::Combine(testing::ValuesIn(backends_of_real_cases()),
        testing::Values("01_original", "02_wavelet_log", "03_resample_2mm", "04_resample_1mm_linear", "05_force2d",
            "06_bincount32", "07_normalize_filters", "08_lbp", "09_distances_weighting", "10_asymmetric_alpha",
            "11_reseg_outliers"),
        testing::Values("brain1", "brain2", "breast1", "lung1", "lung2")),
    [](const auto& instance) {
      return std::get<0>(instance.param) + "_set" + std::get<1>(instance.param).substr(0, 2) + "_" +
             std::get<2>(instance.param);
    });

}  // namespace
}  // namespace radloom::test
