// The CT phantom of IBSI 1 in its five configurations: every reference value.
#include "ibsi/reference.hpp"
#include "radloom/io.hpp"

namespace radloom::test {
namespace {

/// The backend, and the configuration's letter.
class CtPhantom : public OnBackend<std::tuple<std::string, char>> {};

TEST_P(CtPhantom, everyColumnWithAReference) {
  RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/image.nii.gz");
  RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
  const auto& [backend, letter] = GetParam();
  ConfigRequest request;
  request.preset = std::string("ibsi1-") + char(std::tolower(letter));
  const Engine engine(load_config(request), options_of(backend, 2));
  const auto record = engine.extract(case_of("ct", "ibsi1/ct_phantom/image.nii.gz", "ibsi1/ct_phantom/mask.nii.gz"));
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  auto [compared, all, without] = compare(std::string(1, letter), engine.run().columns, record.regions.at(0).values);
  const bool by_slice = letter == 'A' || letter == 'B';
  EXPECT_EQ(compared["morph"], 25);
  EXPECT_EQ(compared["loc_int"], 2);
  EXPECT_EQ(compared["ivh"], 6);
  EXPECT_EQ(compared["glcm"], (by_slice ? 4 : 2) * 25);
  EXPECT_EQ(compared["gldzm"], (by_slice ? 2 : 1) * 16);
  EXPECT_EQ(all, by_slice ? 346 : 210);
  EXPECT_EQ(without, without_reference());
}

INSTANTIATE_TEST_SUITE_P(Configurations, CtPhantom,
    testing::Combine(testing::ValuesIn(native_backends()), testing::Values('A', 'B', 'C', 'D', 'E')),
    [](const auto& instance) { return std::get<0>(instance.param) + "_" + std::get<1>(instance.param); });

}  // namespace
}  // namespace radloom::test
