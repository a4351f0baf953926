#pragma once
/// The runs of a file of generate.py: each has settings, and what PyRadiomics made of them or the error that is due.
#include <cctype>
#include <cstdio>

#include "pyradiomics/figures.hpp"
#include "support/measure.hpp"

namespace radloom::test {

inline std::vector<std::size_t> indices_of_runs(const Json& file) {
  std::vector<std::size_t> result(file.at("runs").size());
  for (std::size_t k = 0; k < result.size(); ++k) result[k] = k;
  return result;
}

/// A test's name: letters, digits and underscores.
inline std::string test_name(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return text;
}

inline Engine engine_of_run(
    const Json& file, const Json& run, const ConfigRequest& request, const std::string& device) {
  const Json parameters{{"imageType", {{"Original", Json::object()}}}, {"setting", run.at("setting")},
      {"featureClass", run.contains("featureClass") ? run.at("featureClass") : file.at("featureClass")}};
  return Engine(parse_config(parameters.dump(), run.at("name"), request), options_of(device, 1));
}

/// Compares a record with the run's figures, or with its failure. Numbers below floor(column) are rounding errors.
template <class F>
void expect_figures(const Json& file, const Json& run, const Engine& engine, const CaseRecord& record, F&& floor) {
  if (run.contains("fails")) {
    ASSERT_NE(record.status, Status::ok);
    const auto& error = record.regions.empty() ? record.error : record.regions[0].error;
    EXPECT_EQ(error.code, run.at("fails").get<std::string>()) << error.message;
    return;
  }
  ASSERT_EQ(record.status, Status::ok) << record.error.message
                                       << (record.regions.empty() ? "" : record.regions[0].error.message);
  const auto& names = file.at("names").at(run.at("names").get<std::size_t>());
  ASSERT_EQ(engine.run().columns.size(), names.size());
  double worst = 0;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const std::string feature = "original_" + names[k].get<std::string>();
    std::size_t at = 0;
    while (at < names.size() && engine.run().columns[at].name != feature) ++at;
    ASSERT_LT(at, names.size()) << feature;
    const double ours = number(record.regions[0].values[at]), theirs = number_or_nan(run.at("values")[k]);
    const double difference = relative(ours, theirs, floor(engine.run().columns[at]));
    EXPECT_LE(difference, 1e-6) << feature << ": " << ours << ", PyRadiomics " << theirs;
    worst = std::max(worst, difference);
  }
  std::printf("%s, %s: worst %.2g\n", run.at("name").get<std::string>().c_str(), record.case_id.c_str(), worst);
}

}  // namespace radloom::test
