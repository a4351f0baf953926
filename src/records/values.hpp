#pragma once
#include <cmath>
#include <vector>

#include "radloom/record.hpp"

namespace radloom::records {

/// Why a value is not written; `none` where it is. What is not finite has no place in JSON or CSV, whoever made it.
inline Undefined reason(const FeatureValue& value) {
  if (value.undefined != Undefined::none) return value.undefined;
  return std::isfinite(value.value) ? Undefined::none : Undefined::not_finite;
}

/// Throws Error(internal) unless the region failed or has a value for each of the run's columns.
void check_columns(const RegionRecord& region, const RunInfo& run);

}  // namespace radloom::records
