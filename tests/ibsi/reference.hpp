#pragma once
/// The reference values of IBSI 1, and the rule by which ours pass.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "radloom/catalogue.hpp"
#include "radloom/record.hpp"
#include "support/csv.hpp"
#include "support/data.hpp"
#include "support/measure.hpp"

namespace radloom::test {

struct Reference {
  std::string tag;
  double value, tolerance;
};

/// By identifiers of the feature and of the aggregation, and the tag, since two of the IVH share one identifier.
inline std::map<std::tuple<std::string, std::string>, std::vector<Reference>> references(const std::string& config) {
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
inline const Reference* find(const std::vector<Reference>& rows, const Column& column) {
  if (rows.size() == 1) return &rows[0];
  const bool ten = column.name.find("_10_") != std::string::npos;
  for (const auto& row : rows)
    if ((row.tag == "ivh_v10" || row.tag == "ivh_i10") == ten) return &row;
  return nullptr;
}

/// Rounded to three significant digits, as the reference's rule says (configurations.md, "How to compare").
inline double three_digits(double value) {
  if (value == 0) return 0;
  char text[64];
  std::snprintf(text, sizeof text, "%.2e", value);
  return std::stod(text);
}

/// Compares every column that has a reference value in a configuration, and fails where one is outside the tolerance. Returns how many
/// were compared of each of the standard's families, and the columns without a reference, which must have a value too.
struct Compared {
  std::map<std::string, int> by_family;
  int all = 0;
  std::vector<std::string> without;
};
inline Compared compare(
    const std::string& config, const std::vector<Column>& columns, const std::vector<FeatureValue>& values) {
  const auto reference = references(config);
  Compared out;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const auto& column = columns[k];
    const std::string aggregation(column.aggregation.ibsi);
    const auto rows = reference.find({std::string(column.feature->ibsi), aggregation.empty() ? "DHQ4" : aggregation});
    const double ours = number(values[k]);
    if (rows == reference.end()) {
      EXPECT_TRUE(std::isfinite(ours)) << column.name;
      out.without.push_back(column.name);
      continue;
    }
    const auto* const row = find(rows->second, column);
    if (!row) {
      ADD_FAILURE() << column.name << " has no threshold";
      continue;
    }
    // The last term is for the decimal that has no exact double.
    EXPECT_LE(std::abs(three_digits(ours) - row->value), row->tolerance + 1e-12 * std::abs(row->value))
        << column.name << ": " << ours << ", reference " << row->tag << " " << row->value << " +- " << row->tolerance;
    ++out.by_family[std::string(column.feature->ibsi_family)];
    ++out.all;
  }
  return out;
}

/// Boxes and ellipsoids of minimum volume found no consensus.
inline std::vector<std::string> without_reference() {
  return {"original_morph_area_density_ombb", "original_morph_area_density_mvee", "original_morph_volume_density_ombb",
      "original_morph_volume_density_mvee"};
}

}  // namespace radloom::test
