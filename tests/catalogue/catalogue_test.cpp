#include "radloom/catalogue.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "catalogue/indices.hpp"
#include "catalogue/lookup.hpp"
#include "radloom/config.hpp"
#include "tests/support/data.hpp"

namespace radloom {
namespace {

TEST(Catalogue, RowsOfAFamilyAreNumberedInOrder) {
  std::size_t seen = 0;
  for (int f = 0; f < family_count; ++f) {
    int index = 0;
    for (const auto& row : features(Family(f))) {
      EXPECT_EQ(row.family, Family(f));
      EXPECT_EQ(row.index, index++);
      EXPECT_EQ(&row, &features()[seen++]) << "families are contiguous in the table";
    }
    EXPECT_GT(index, 0);
  }
  EXPECT_EQ(seen, features().size());
  EXPECT_EQ(features().size(), 121u);
}

TEST(Catalogue, IndicesNameTheirRows) {
  EXPECT_EQ(features(Family::firstorder)[feature::firstorder::mean].pyradiomics, "Mean");
  EXPECT_EQ(features(Family::shape)[feature::shape::maximum_2d_diameter_column].pyradiomics, "Maximum2DDiameterColumn");
  EXPECT_EQ(features(Family::shape2d)[feature::shape2d::sphericity].pyradiomics, "Sphericity");
  EXPECT_EQ(features(Family::glcm)[feature::glcm::mcc].pyradiomics, "MCC");
  EXPECT_EQ(features(Family::glrlm)[feature::glrlm::run_variance].pyradiomics, "RunVariance");
  EXPECT_EQ(features(Family::glszm)[feature::glszm::small_area_low_gray_level_emphasis].pyradiomics,
      "SmallAreaLowGrayLevelEmphasis");
  EXPECT_EQ(features(Family::gldm)[feature::gldm::dependence_entropy].pyradiomics, "DependenceEntropy");
  EXPECT_EQ(features(Family::ngtdm)[feature::ngtdm::strength].pyradiomics, "Strength");
  EXPECT_EQ(feature::ngtdm::count, 5);
}

TEST(Catalogue, RowsStandAsPythonSortsTheMethods) {
  for (int f = 0; f < family_count; ++f) {
    std::string before;
    for (const auto& row : features(Family(f))) {
      const std::string method = "get" + std::string(row.pyradiomics) + "FeatureValue";
      EXPECT_LT(before, method);
      before = method;
    }
  }
}

TEST(Catalogue, EveryRowIsDescribed) {
  for (const auto& row : features()) {
    EXPECT_FALSE(row.unit.empty()) << row.pyradiomics;
    EXPECT_FALSE(row.definition.empty()) << row.pyradiomics;
    EXPECT_EQ(row.definition.back(), '.') << row.pyradiomics;
    EXPECT_EQ(row.ibsi.empty(), row.ibsi_feature.empty()) << row.pyradiomics;
    EXPECT_EQ(row.ibsi.empty(), row.ibsi_family.empty()) << row.pyradiomics;
    EXPECT_TRUE(row.ibsi.empty() || row.ibsi.size() == 4) << row.pyradiomics;
  }
}

TEST(Catalogue, IdentifiersAreUnique) {
  std::set<std::string_view> identifiers, names;
  for (const auto& row : features()) {
    if (row.ibsi.empty()) continue;
    EXPECT_TRUE(identifiers.insert(row.ibsi).second) << row.ibsi;
  }
}

/// The words of the reference table as INTERFACE.md spells them in names: lower case, apostrophes dropped, every other run of
/// what is no letter or digit one underscore.
std::string snake(const std::string& words) {
  std::string result;
  for (const char c : words) {
    if (c == '\'') continue;
    if (std::isalnum(static_cast<unsigned char>(c))) result += char(std::tolower(static_cast<unsigned char>(c)));
    else if (!result.empty() && result.back() != '_') result += '_';
  }
  while (!result.empty() && result.back() == '_') result.pop_back();
  return result;
}

/// The standard's family names, as the reference table writes them.
const std::map<std::string, std::string> reference_families{{"morphology", "morph"}, {"statistics", "stat"},
    {"intensity histogram", "ih"}, {"GLCM", "glcm"}, {"GLRLM", "glrlm"}, {"GLSZM", "glszm"}, {"NGTDM", "ngtdm"},
    {"NGLDM", "ngldm"}};

std::vector<std::string> csv_fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) fields.emplace_back();
    else if (c != '\r') fields.back() += c;
  }
  return fields;
}

TEST(Catalogue, TwinsAreThoseOfTheReferenceTable) {
  RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
  std::ifstream file(test::data_root() / "ibsi1/reference_values.csv");
  std::string line;
  std::getline(file, line);
  // identifier -> family and feature words
  std::map<std::string, std::pair<std::string, std::string>> reference;
  while (std::getline(file, line)) {
    const auto fields = csv_fields(line);
    ASSERT_GE(fields.size(), 7u) << line;
    if (const auto family = reference_families.find(fields[1]); family != reference_families.end())
      reference[fields[6]] = {family->second, snake(fields[5])};
  }
  ASSERT_GT(reference.size(), 100u);
  for (const auto& row : features()) {
    if (row.ibsi.empty()) continue;
    const auto found = reference.find(std::string(row.ibsi));
    ASSERT_NE(found, reference.end()) << row.ibsi << " of " << row.pyradiomics;
    EXPECT_EQ(found->second.first, row.ibsi_family) << row.ibsi;
    EXPECT_EQ(found->second.second, row.ibsi_feature) << row.ibsi;
  }
}

TEST(Lookup, FindsFeaturesByEitherName) {
  const auto* row = find_feature(Family::glcm, "JointEnergy");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row, find_feature(Family::glcm, "angular_second_moment"));
  EXPECT_EQ(row->ibsi, "8ZQL");
  EXPECT_EQ(find_feature(Family::glcm, ""), nullptr);
  EXPECT_EQ(find_feature(Family::ngtdm, "JointEnergy"), nullptr);
}

TEST(Lookup, FindsFamiliesByEitherName) {
  EXPECT_EQ(find_family("shape2D")->family, Family::shape2d);
  EXPECT_EQ(find_family("morph")->family, Family::shape);
  EXPECT_EQ(find_family("ih")->family, Family::firstorder);
  EXPECT_EQ(find_family("ih")->ibsi_family, "ih");
  EXPECT_EQ(find_family("glcm")->ibsi_family, "");
  EXPECT_FALSE(find_family(""));
  EXPECT_FALSE(find_family("GLCM"));
}

}  // namespace
}  // namespace radloom
