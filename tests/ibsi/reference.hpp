#pragma once
// The reference values of IBSI 1 and the rule by which ours are compared (configurations.md beside them).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "radloom/radloom.hpp"
#include "support/csv.hpp"
#include "support/data.hpp"

namespace radloom::test {

/// A row of reference_values.csv.
struct Reference {
  std::string family, ibsi, aggregation, tag;
  double value, tolerance;
};

/// The features of a configuration, or its diagnostics.
inline std::vector<Reference> references(const std::string& configuration, bool diagnostics) {
  std::vector<Reference> rows;
  std::ifstream file(data_root() / "ibsi1" / "reference_values.csv");
  std::string line;
  while (std::getline(file, line)) {
    const auto f = csv_fields(line);
    if (f.size() < 10 || f[0] != configuration || (f[1] == "diagnostics") != diagnostics) continue;
    rows.push_back({f[1], f[6], f[4], f[7], std::stod(f[8]), std::stod(f[9])});
  }
  return rows;
}

/// Rounded to three significant digits.
inline double three_digits(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  char text[64];
  std::snprintf(text, sizeof text, "%.2e", value);
  return std::stod(text);
}

/// The last term is for the decimal that has no exact double.
inline bool within(double ours, const Reference& r) {
  return std::fabs(ours - r.value) <= r.tolerance + 1e-12 * std::fabs(r.value);
}

/// Whether a column is what a row is of. Two pairs of features of the intensity-volume histogram share their identifiers; their
/// thresholds, 10 or 90 %, stand in both names.
inline bool is_of(const Column& column, const Reference& r) {
  const std::string_view aggregation = column.aggregation.ibsi.empty() ? "DHQ4" : column.aggregation.ibsi;
  if (column.feature->ibsi != r.ibsi || aggregation != r.aggregation) return false;
  if (r.ibsi != "BC2M" && r.ibsi != "GBPN") return true;
  return column.feature->ibsi_feature.find(r.tag.substr(r.tag.size() - 2)) != std::string_view::npos;
}

}  // namespace radloom::test
