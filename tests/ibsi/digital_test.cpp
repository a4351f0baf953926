// The digital phantom of IBSI 1: every column of the ibsi convention that the reference gives a value for.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "radloom/io.hpp"
#include "support/csv.hpp"
#include "support/data.hpp"
#include "support/measure.hpp"

namespace radloom::test {
namespace {

struct Reference {
  std::string tag;
  double value, tolerance;
};

/// By identifier of the feature and of the aggregation. The two IVH identifiers that stand for two features each are left out.
std::map<std::pair<std::string, std::string>, Reference> references(const std::string& config) {
  std::map<std::pair<std::string, std::string>, Reference> result;
  std::ifstream file(data_root() / "ibsi1" / "reference_values.csv");
  std::string line;
  while (std::getline(file, line)) {
    const auto f = csv_fields(line);
    if (f.size() < 10 || f[0] != config || f[6].empty() || f[6] == "BC2M" || f[6] == "GBPN") continue;
    const bool first = result.insert({{f[6], f[4]}, {f[7], std::stod(f[8]), std::stod(f[9])}}).second;
    EXPECT_TRUE(first) << f[7] << " shares its identifiers with another row";
  }
  return result;
}

/// Rounded to three significant digits, as the reference's rule says (configurations.md, "How to compare").
double three_digits(double value) {
  if (value == 0) return 0;
  char text[64];
  std::snprintf(text, sizeof text, "%.2e", value);
  return std::stod(text);
}

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
  const auto reference = references("digital");
  ASSERT_EQ(reference.size(), 482u - 4u);
  std::map<std::string, int> compared;
  int all = 0;
  for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
    const auto& column = engine.run().columns[k];
    const std::string aggregation(column.aggregation.ibsi);
    const auto found = reference.find({std::string(column.feature->ibsi), aggregation.empty() ? "DHQ4" : aggregation});
    if (found == reference.end()) {
      ADD_FAILURE() << column.name << " (" << column.feature->ibsi << ", " << aggregation << ") has no reference";
      continue;
    }
    const auto& [tag, value, tolerance] = found->second;
    const double ours = number(record.regions[0].values[k]);
    // The last term is for the decimal that has no exact double.
    EXPECT_LE(std::abs(three_digits(ours) - value), tolerance + 1e-12 * std::abs(value))
        << column.name << ": " << ours << ", reference " << tag << " " << value << " +- " << tolerance;
    ++compared[std::string(column.feature->ibsi_family)];
    ++all;
  }
  // What PyRadiomics' families hold of the standard's: 17 of intensities, 14 of shape, GLCM and GLRLM in two aggregations.
  EXPECT_EQ(compared["stat"], 15);
  EXPECT_EQ(compared["ih"], 2);
  EXPECT_EQ(compared["morph"], 14);
  EXPECT_EQ(compared["glcm"], 2 * 23);
  EXPECT_EQ(compared["glrlm"], 2 * 16);
  EXPECT_EQ(compared["glszm"], 16);
  EXPECT_EQ(compared["ngldm"], 14);
  EXPECT_EQ(compared["ngtdm"], 5);
  EXPECT_EQ(all, 144);
}

INSTANTIATE_TEST_SUITE_P(
    Backends, Digital, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
