// The digital phantom of IBSI 1: every reference value, in every aggregation.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "catalogue/lookup.hpp"
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

/// By identifiers of the feature and of the aggregation, and the tag, since two of the IVH share one identifier.
std::map<std::tuple<std::string, std::string>, std::vector<Reference>> references(const std::string& config) {
  std::map<std::tuple<std::string, std::string>, std::vector<Reference>> result;
  std::ifstream file(data_root() / "ibsi1" / "reference_values.csv");
  std::string line;
  while (std::getline(file, line)) {
    const auto f = csv_fields(line);
    if (f.size() < 10 || f[0] != config || f[6].empty()) continue;
    result[{f[6], f[4]}].push_back({f[7], std::stod(f[8]), std::stod(f[9])});
  }
  return result;
}

/// Which of the features that share an identifier a column is: its threshold stands in its name.
const Reference* find(const std::vector<Reference>& rows, const Column& column) {
  if (rows.size() == 1) return &rows[0];
  const bool ten = column.name.find("_10_") != std::string::npos;
  for (const auto& row : rows)
    if ((row.tag == "ivh_v10" || row.tag == "ivh_i10") == ten) return &row;
  return nullptr;
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
  Config config = load_config(request);
  for (const auto word : aggregation_words()) config.settings.aggregations.emplace_back(word);
  config.image_types.at(0).settings = config.settings;
  const Engine engine(config, options_of(GetParam(), 1));
  ASSERT_EQ(engine.run().convention, Convention::ibsi);
  const auto record =
      engine.extract(case_of("digital", "ibsi1/digital_phantom/image.nii.gz", "ibsi1/digital_phantom/mask.nii.gz"));
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  EXPECT_EQ(record.regions.at(0).voxels, 74);
  const auto reference = references("digital");
  std::map<std::string, int> compared;
  std::vector<std::string> without;
  int all = 0;
  for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
    const auto& column = engine.run().columns[k];
    const std::string aggregation(column.aggregation.ibsi);
    const auto rows = reference.find({std::string(column.feature->ibsi), aggregation.empty() ? "DHQ4" : aggregation});
    const double ours = number(record.regions[0].values[k]);
    if (rows == reference.end()) {
      EXPECT_TRUE(std::isfinite(ours)) << column.name;
      without.push_back(column.name);
      continue;
    }
    const auto* const row = find(rows->second, column);
    ASSERT_NE(row, nullptr) << column.name;
    const auto& [tag, value, tolerance] = *row;
    // The last term is for the decimal that has no exact double.
    EXPECT_LE(std::abs(three_digits(ours) - value), tolerance + 1e-12 * std::abs(value))
        << column.name << ": " << ours << ", reference " << tag << " " << value << " +- " << tolerance;
    ++compared[std::string(column.feature->ibsi_family)];
    ++all;
  }
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
  // Boxes and ellipsoids of minimum volume found no consensus.
  EXPECT_EQ(without, (std::vector<std::string>{"original_morph_area_density_ombb", "original_morph_area_density_mvee",
                         "original_morph_volume_density_ombb", "original_morph_volume_density_mvee"}));
}

INSTANTIATE_TEST_SUITE_P(
    Backends, Digital, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
