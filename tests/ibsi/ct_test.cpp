// The CT phantom of IBSI 1 in configuration A, which needs no interpolation: every reference value.
#include "ibsi/reference.hpp"
#include "radloom/io.hpp"

namespace radloom::test {
namespace {

class CtPhantom : public OnBackend<std::string> {};

TEST_P(CtPhantom, configurationA) {
  RADLOOM_NEEDS_DATA("ibsi1/ct_phantom/image.nii.gz");
  RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
  ConfigRequest request;
  request.preset = "ibsi";
  Config config = load_config(request);
  config.settings.bin_width = 25;
  config.settings.resegment_range = {-500, 400};
  config.settings.aggregations = {"2d_avg", "2d_mrg", "25d_avg", "25d_mrg"};
  config.image_types.at(0).settings = config.settings;
  const Engine engine(config, options_of(GetParam(), 2));
  const auto record = engine.extract(
      case_of("ct", "ibsi1/ct_phantom/image.nii.gz", "ibsi1/ct_phantom/mask.nii.gz"));
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  auto [compared, all, without] = compare("A", engine.run().columns, record.regions.at(0).values);
  EXPECT_EQ(compared["morph"], 25);
  EXPECT_EQ(compared["glcm"], 4 * 25);
  EXPECT_EQ(compared["gldzm"], 2 * 16);
  EXPECT_EQ(all, 346);
  EXPECT_EQ(without, without_reference());
}

INSTANTIATE_TEST_SUITE_P(
    Backends, CtPhantom, testing::ValuesIn(native_backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
