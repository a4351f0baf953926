#pragma once
/// The figures of PyRadiomics that lie beside the tests (generate.py) and in the reference data.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "support/data.hpp"
#include "support/json.hpp"

namespace radloom::test {

/// A file of generate.py.
inline Json figures(const std::string& name) { return read_json(figures_root() / "pyradiomics" / name); }

/// null is NaN.
inline double number_or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace radloom::test
