#pragma once
/// The features in which radloom differs from PyRadiomics on purpose: exceptions.json, a list of
///   {"set": "01_original", "case": "brain1", "feature": "original_shape_X", "source": "shape.py:123", "script": "..."}
/// where `source` is the line of PyRadiomics 3.0.1 that makes the difference and `script` a file beside the list that
/// reproduces PyRadiomics' value without it. An entry that nothing needs is a failure.
#include <set>
#include <string>
#include <vector>

#include "pyradiomics/figures.hpp"

namespace radloom::test {

class Exceptions {
 public:
  explicit Exceptions(const std::string& set) {
    const Json file = figures("exceptions.json");
    for (const auto& entry : file) {
      for (const char* key : {"source", "script"})
        if (entry.at(key).get<std::string>().empty())
          throw std::runtime_error("exceptions.json: an entry without " + std::string(key));
      if (!std::filesystem::exists(figures_root() / "pyradiomics" / entry.at("script").get<std::string>()))
        throw std::runtime_error("exceptions.json: no script " + entry.at("script").get<std::string>());
      if (entry.at("set") == set) entries_.insert(key_of(entry.at("case"), entry.at("feature")));
    }
  }

  /// Whether a value that differs may.
  bool allow(const std::string& case_name, const std::string& feature) {
    if (!entries_.count(key_of(case_name, feature))) return false;
    used_.insert(key_of(case_name, feature));
    return true;
  }

  /// Fails for entries of this case that no value needed.
  void expect_all_needed(const std::string& case_name) const {
    for (const auto& entry : entries_)
      if (entry.rfind(case_name + " ", 0) == 0) {
        EXPECT_TRUE(used_.count(entry)) << "exceptions.json: not needed: " << entry;
      }
  }

 private:
  static std::string key_of(const std::string& case_name, const std::string& feature) {
    return case_name + " " + feature;
  }
  std::set<std::string> entries_, used_;
};

}  // namespace radloom::test
