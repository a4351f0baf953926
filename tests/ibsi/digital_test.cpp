// The digital phantom of IBSI 1: every reference value, in every aggregation.
#include "catalogue/lookup.hpp"
#include "ibsi/reference.hpp"
#include "radloom/io.hpp"

namespace radloom::test {
namespace {

class Digital : public OnBackend<std::string> {};

TEST_P(Digital, everyColumnWithAReference) {
  RADLOOM_NEEDS_DATA("ibsi1/digital_phantom/image.nii.gz");
  RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
  ConfigRequest request;
  request.preset = "ibsi1-digital";
  const Engine engine(load_config(request), options_of(GetParam(), 1));
  ASSERT_EQ(engine.run().convention, Convention::ibsi);
  const auto record =
      engine.extract(case_of("digital", "ibsi1/digital_phantom/image.nii.gz", "ibsi1/digital_phantom/mask.nii.gz"));
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  EXPECT_EQ(record.regions.at(0).voxels, 74);
  auto [compared, all, without] = compare("digital", engine.run().columns, record.regions[0].values);
  EXPECT_EQ(compared["morph"], 25);
  EXPECT_EQ(compared["loc_int"], 2);
  EXPECT_EQ(compared["stat"], 18);
  EXPECT_EQ(compared["ih"], 23);
  EXPECT_EQ(compared["ivh"], 6);
  EXPECT_EQ(compared["glcm"], 6 * 25);
  EXPECT_EQ(compared["glrlm"], 6 * 16);
  EXPECT_EQ(compared["glszm"], 3 * 16);
  EXPECT_EQ(compared["gldzm"], 3 * 16);
  EXPECT_EQ(compared["ngtdm"], 3 * 5);
  EXPECT_EQ(compared["ngldm"], 3 * 17);
  EXPECT_EQ(all, 482);
  EXPECT_EQ(without, without_reference());
}

INSTANTIATE_TEST_SUITE_P(
    Backends, Digital, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
