// The CT phantom of IBSI 1, configurations A to E, from NIfTI through the engine: what a user gets with --preset ibsi1-a ... ibsi1-e.
// A_DICOM is configuration A from the DICOM series and its structure set.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "ibsi/reference.hpp"

namespace radloom::test {
namespace {

struct Measured {
  RunInfo run;
  CaseRecord record;
};

Measured run_phantom(const std::string& backend, const std::string& configuration) {
  ConfigRequest request;
  request.preset = "ibsi1-" + std::string(1, char(configuration[0] - 'A' + 'a'));
  const Engine engine(load_config(request), options_of(backend, 2));
  if (configuration.ends_with("_DICOM")) {
    CaseInput input = case_of(configuration, "ibsi1/ct_phantom/dicom/image", "ibsi1/ct_phantom/dicom/mask");
    input.label = LabelSelection::parse("GTV-1");
    return {engine.run(), engine.extract(input)};
  }
  return {engine.run(),
      engine.extract(case_of(configuration, "ibsi1/ct_phantom/image.nii.gz", "ibsi1/ct_phantom/mask.nii.gz"))};
}

/// The 60 rows of a configuration that describe its image and its masks.
std::vector<Reference> published_diagnostics(const std::string& configuration) {
  std::vector<Reference> rows;
  std::ifstream file(data_root() / "ibsi1" / "reference_values.csv");
  std::string line;
  while (std::getline(file, line)) {
    const auto f = csv_fields(line);
    if (f.size() >= 10 && f[0] == configuration && f[1] == "diagnostics")
      rows.push_back({f[7], std::stod(f[8]), std::stod(f[9])});
  }
  return rows;
}

/// The last term is for the decimal that has no exact double.
bool within(double ours, const Reference& r) {
  return std::fabs(ours - r.value) <= r.tolerance + 1e-12 * std::fabs(r.value);
}

class CtPhantom : public OnBackend<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    OnBackend::SetUp();
    if (IsSkipped()) return;
    RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/image.nii.gz");
    RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
    RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/dicom");
    done = run_phantom(std::get<0>(GetParam()), std::get<1>(GetParam()));
    ASSERT_EQ(done.record.status, Status::ok)
        << done.record.error.message << (done.record.regions.empty() ? "" : done.record.regions[0].error.message);
  }
  std::string configuration() const { return std::get<1>(GetParam()).substr(0, 1); }
  Measured done;
};

/// The misses of a rule that does not fit them, with their cause: the published maximum has four digits, so that ours is equal as it is and
/// differs once it is rounded to three.
const std::map<std::string, std::string> known_misses{{"max_int_init_img", "published with four digits"}};

TEST_P(CtPhantom, EveryDiagnosticIsAsPublished) {
  std::map<std::string, double> ours;
  for (const auto& [name, text] : done.record.regions[0].diagnostics) ours[name] = std::stod(text);
  const auto rows = published_diagnostics(configuration());
  ASSERT_EQ(rows.size(), 60u);
  EXPECT_EQ(ours.size(), 60u) << "nothing beside them";
  int counts = 0;
  for (const auto& r : rows) {
    const auto found = ours.find("diagnostics_" + r.tag);
    if (found == ours.end()) {
      ADD_FAILURE() << r.tag << " is missing";
      continue;
    }
    const double value = found->second;
    const bool is_count = r.tag.find("vox_count") != std::string::npos;
    const bool is_dimension = r.tag.find("_dim_") != std::string::npos && !r.tag.starts_with("vox_dim");
    if (is_count) {
      EXPECT_EQ(value, r.value) << r.tag << ": counts are equal, whatever the tolerance";
      ++counts;
    } else if (is_dimension) {
      EXPECT_TRUE(within(value, r)) << r.tag << ": " << value << ", published " << r.value << " +- " << r.tolerance;
    } else if (known_misses.contains(r.tag)) {
      EXPECT_FALSE(within(three_digits(value), r)) << r.tag << " passes: take it off the list";
      EXPECT_EQ(value, r.value) << r.tag << ", " << known_misses.at(r.tag);
    } else {
      EXPECT_TRUE(within(three_digits(value), r))
          << r.tag << ": " << value << ", published " << r.value << " +- " << r.tolerance;
    }
  }
  EXPECT_EQ(counts, 6) << "two masks at three steps";
}

TEST_P(CtPhantom, EveryFeatureIsWithinItsTolerance) {
  const bool slices = configuration() == "A" || configuration() == "B";  // two approaches there, one in the others
  const int approaches = slices ? 2 : 1;
  auto [compared, all, without] = compare(configuration(), done.run.columns, done.record.regions.at(0).values);
  EXPECT_EQ(compared["morph"], 25);
  EXPECT_EQ(compared["loc_int"], 2);
  EXPECT_EQ(compared["stat"], 18);
  EXPECT_EQ(compared["ih"], 23);
  EXPECT_EQ(compared["ivh"], 6);
  EXPECT_EQ(compared["glcm"], approaches * 2 * 25);
  EXPECT_EQ(compared["glrlm"], approaches * 2 * 16);
  EXPECT_EQ(compared["glszm"], approaches * 16);
  EXPECT_EQ(compared["gldzm"], approaches * 16);
  EXPECT_EQ(compared["ngtdm"], approaches * 5);
  EXPECT_EQ(compared["ngldm"], approaches * 17);
  EXPECT_EQ(all, slices ? 346 : 210);
  EXPECT_EQ(without, without_reference());
}

INSTANTIATE_TEST_SUITE_P(Configurations, CtPhantom,
    testing::Combine(testing::ValuesIn(native_backends()), testing::Values("A", "B", "C", "D", "E", "A_DICOM")),
    [](const auto& instance) { return std::get<0>(instance.param) + "_" + std::get<1>(instance.param); });

#ifndef RADLOOM_SANITIZED  // once whole through the emulated device; the digital phantom goes there under sanitizers too
INSTANTIATE_TEST_SUITE_P(Emulated, CtPhantom, testing::Values(std::tuple("simt", "C")),
    [](const auto& instance) { return std::get<0>(instance.param) + "_" + std::get<1>(instance.param); });
#endif

}  // namespace
}  // namespace radloom::test
