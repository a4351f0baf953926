// IBSI chapter 2, phase 2: the intensity statistics of response maps of the CT phantom, within the tolerances of the reference.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "support/csv.hpp"
#include "support/data.hpp"

namespace radloom::test {
namespace {

struct Configuration {
  const char* name;
  const char* processing;
  const char* image_type;
  const char* settings;
  const char* image;  ///< whose features are compared
};

constexpr const char* by_slice = "force_2d: true, ";
constexpr const char* in_space =
    "round_input: true, resampled_spacing_mm: [1, 1, 1], interpolator: bspline, round_intensities: true, ";

constexpr Configuration configurations[] = {
    {"1.A", by_slice, "Original", "", "original"},
    {"2.A", by_slice, "Mean", "mean_support: 5", "mean"},
    {"3.A", by_slice, "LoG", "log_sigma_mm: [1.5]", "log_sigma_1_5_mm_3d"},
    {"4.A", by_slice, "Laws",
        "laws_kernels: L5E5, laws_energy_delta: 7, filter_rotation_invariant: true, filter_pooling: max",
        "laws_l5e5_energy"},
    {"5.A", by_slice, "Gabor", "gabor_sigma_mm: 5, gabor_lambda_mm: 2, gabor_gamma: 1.5, gabor_theta_step_deg: 22.5",
        "gabor"},
    {"6.A", by_slice, "Wavelet", "wavelet: db3, filter_rotation_invariant: true", "wavelet_lh"},
    {"7.A", by_slice, "Wavelet", "wavelet: db3, wavelet_start_level: 1, filter_rotation_invariant: true", "wavelet_hh"},
    {"8.A", by_slice, "Simoncelli", "", "simoncelli_1"},
    {"9.A", by_slice, "Simoncelli", "wavelet_start_level: 1", "simoncelli_2"},
    {"1.B", in_space, "Original", "", "original"},
    {"2.B", in_space, "Mean", "mean_support: 5", "mean"},
    {"3.B", in_space, "LoG", "log_sigma_mm: [1.5]", "log_sigma_1_5_mm_3d"},
    {"4.B", in_space, "Laws",
        "laws_kernels: L5E5E5, laws_energy_delta: 7, filter_rotation_invariant: true, filter_pooling: max",
        "laws_l5e5e5_energy"},
    {"5.B", in_space, "Gabor",
        "gabor_sigma_mm: 5, gabor_lambda_mm: 2, gabor_gamma: 1.5, gabor_theta_step_deg: 22.5, filter_rotation_invariant: true",
        "gabor"},
    {"6.B", in_space, "Wavelet", "wavelet: db3, filter_rotation_invariant: true", "wavelet_llh"},
    {"7.B", in_space, "Wavelet", "wavelet: db3, wavelet_start_level: 1, filter_rotation_invariant: true",
        "wavelet_hhh"},
    {"8.B", in_space, "Simoncelli", "", "simoncelli_1"},
    {"9.B", in_space, "Simoncelli", "wavelet_start_level: 1", "simoncelli_2"},
};

class ReferenceFeatures : public testing::TestWithParam<Configuration> {};

TEST_P(ReferenceFeatures, everyStatistic) {
  const auto& c = GetParam();
  RADLOOM_NEEDS_DATA("ibsi2/reference_feature_values.csv");
  RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/image.nii.gz");
  const Engine engine(
      parse_config(std::string("families: [stat]\nimage_types: {") + c.image_type + ": {}}\nsettings: {" +
                       c.processing + "resegment_range: [-1000, 400], " + c.settings + "}",
          c.name),
      {"cpu", 2, nullptr});
  const auto record = engine.extract(case_of(c.name, "ibsi1/ct_phantom/image.nii.gz", "ibsi1/ct_phantom/mask.nii.gz"));
  ASSERT_EQ(record.status, Status::ok) << record.error.message;
  std::map<std::string, double> ours;
  for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
    const auto& column = engine.run().columns[k];
    if (column.image_type == c.image) ours[std::string(column.feature->ibsi)] = record.regions.at(0).values[k].value;
  }
  std::ifstream file(data_root() / "ibsi2/reference_feature_values.csv");
  std::string line;
  std::size_t compared = 0;
  double worst = 0;
  while (std::getline(file, line)) {
    const auto fields = csv_fields(line);  // config, feature, ibsi_id, tag, value, tolerance
    if (fields.at(0) != c.name) continue;
    ASSERT_TRUE(ours.count(fields.at(2))) << fields.at(3);
    const double expected = std::stod(fields.at(4)), tolerance = std::stod(fields.at(5));
    EXPECT_LE(std::abs(ours[fields.at(2)] - expected), tolerance)
        << fields.at(3) << ": " << ours[fields.at(2)] << ", reference " << expected;
    worst = std::max(worst, std::abs(ours[fields.at(2)] - expected) / tolerance);
    ++compared;
  }
  EXPECT_EQ(compared, std::string(c.name) == "8.B" ? 17u : 18u);  // one has no agreed value
  std::printf("%s: %zu values, worst at %.2f of its tolerance\n", c.name, compared, worst);
}

std::string named(const testing::TestParamInfo<Configuration>& instance) {
  std::string name = instance.param.name;
  name[1] = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Ibsi2, ReferenceFeatures, testing::ValuesIn(configurations), named);

}  // namespace
}  // namespace radloom::test
