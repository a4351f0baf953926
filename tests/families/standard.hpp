#pragma once
/// Small regions measured in the ibsi convention, straight through a backend.
#include <map>
#include <string>

#include "catalogue/lookup.hpp"
#include "support/measure.hpp"

namespace radloom::test {

using Named = std::map<std::string, FeatureValue>;

/// The preset ibsi1-digital, where intensities are gray levels (counted from the smallest), in the aggregations named.
inline Config standard_config(const std::vector<std::string>& aggregations) {
  ConfigRequest request;
  request.preset = "ibsi1-digital";
  Config config = load_config(request);
  config.settings.aggregations = aggregations;
  for (auto& type : config.image_types) type.settings = config.settings;
  return config;
}
inline std::vector<std::string> every_aggregation() { return {aggregation_words().begin(), aggregation_words().end()}; }

/// What a region is besides its image and mask.
struct More {
  Volume morphological_mask = {}, surroundings = {};
  std::array<std::int64_t, 3> place = {};
};

/// Every column of the configuration by name, "original_" left out. `settings` counts in place of the configuration's.
inline Named measure_standard(const backend::Backend& backend, const Config& config, const Volume& image,
    const Volume& mask, const More& more = {}, std::vector<std::string>* warnings = nullptr) {
  const auto all = columns(config);
  backend::Batch batch;
  backend::Region region{backend.upload(image), mask, &config.settings, all, Convention::ibsi};
  region.morphological_mask = more.morphological_mask;
  if (!more.surroundings.empty()) region.surroundings = backend.upload(more.surroundings);
  region.place = more.place;
  batch.regions.push_back(std::move(region));
  const auto measured = backend.measure(batch, {});
  Named out;
  EXPECT_EQ(measured.at(0).failure.message, "");
  if (measured[0].values.size() != all.size()) {
    ADD_FAILURE() << measured[0].values.size() << " values of " << all.size() << " columns";
    return out;
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    out[all[i].name.substr(std::string("original_").size())] = measured[0].values[i];
  if (warnings) *warnings = measured[0].warnings;
  return out;
}

inline double value(const Named& values, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) {
    ADD_FAILURE() << "no column " << name;
    return std::numeric_limits<double>::quiet_NaN();
  }
  return number(found->second);
}

}  // namespace radloom::test
