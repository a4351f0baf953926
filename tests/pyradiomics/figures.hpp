#pragma once
/// The figures of PyRadiomics that lie beside the tests (generate.py) and in the reference data.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/data.hpp"

namespace radloom::test {

using Json = nlohmann::ordered_json;

inline Json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return Json::parse(file);
}

/// A file of generate.py.
inline Json figures(const std::string& name) { return read_json(figures_root() / "pyradiomics" / name); }

/// null is NaN.
inline double number_or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace radloom::test
