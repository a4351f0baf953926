// The CT phantom of IBSI 1, configurations A to E, from NIfTI through the engine: what a user gets with --preset ibsi1-a ... ibsi1-e.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "ibsi/reference.hpp"
#include "support/backends.hpp"
#include "support/measure.hpp"

namespace radloom::test {
namespace {

struct Measured {
  RunInfo run;
  CaseRecord record;
};

Measured run_phantom(const std::string& configuration) {
  ConfigRequest request;
  request.preset = "ibsi1-" + std::string(1, char(configuration[0] - 'A' + 'a'));
  const Engine engine(load_config(request), options_of("cpu", 2));
  return {engine.run(),
      engine.extract(case_of(configuration, "ibsi1/ct_phantom/image.nii.gz", "ibsi1/ct_phantom/mask.nii.gz"))};
}

class CtPhantom : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/image.nii.gz");
    RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
    done = run_phantom(GetParam());
    ASSERT_EQ(done.record.status, Status::ok)
        << done.record.error.message << (done.record.regions.empty() ? "" : done.record.regions[0].error.message);
  }
  Measured done;
};

/// The misses of a rule that does not fit them, with their cause: the published maximum has four digits, so that ours is equal as it is and
/// differs once it is rounded to three.
const std::map<std::string, std::string> known_misses{{"max_int_init_img", "published with four digits"}};

TEST_P(CtPhantom, EveryDiagnosticIsAsPublished) {
  std::map<std::string, double> ours;
  for (const auto& [name, text] : done.record.regions[0].diagnostics) ours[name] = std::stod(text);
  const auto rows = references(GetParam(), true);
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

INSTANTIATE_TEST_SUITE_P(Configurations, CtPhantom, testing::Values("A", "B", "C", "D", "E"),
    [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
