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
  EXPECT_EQ(features().size(), 121u + 3 + 15 + 2 + 3 + 2 + 21 + 6 + 16);
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
    bool own = false;  // what the standard has alone comes after the others
    for (const auto& row : features(Family(f))) {
      EXPECT_FALSE(own && !row.pyradiomics.empty()) << row.pyradiomics;
      own |= row.pyradiomics.empty();
      if (own) continue;
      const std::string method = "get" + std::string(row.pyradiomics) + "FeatureValue";
      EXPECT_LT(before, method);
      before = method;
    }
  }
}

TEST(Catalogue, EveryRowIsDescribed) {
  for (const auto& row : features()) {
    EXPECT_FALSE(own_name(row).empty());
    EXPECT_EQ(find_feature(row.family, own_name(row)), &row) << own_name(row) << " finds another";
    EXPECT_TRUE(is_pyradiomics_class(row.family) || row.ibsi_family == family_name(row.family)) << own_name(row);
    EXPECT_FALSE(row.unit.empty()) << row.pyradiomics;
    EXPECT_FALSE(row.definition.empty()) << row.pyradiomics;
    EXPECT_EQ(row.definition.back(), '.') << row.pyradiomics;
    EXPECT_EQ(row.ibsi.empty(), row.ibsi_feature.empty()) << row.pyradiomics;
    EXPECT_EQ(row.ibsi.empty(), row.ibsi_family.empty()) << row.pyradiomics;
    EXPECT_TRUE(row.ibsi.empty() || row.ibsi.size() == 4) << row.pyradiomics;
  }
}

TEST(Catalogue, IdentifiersAreUnique) {
  std::set<std::string_view> identifiers;
  std::set<std::string> names;
  for (const auto& row : features()) {
    if (row.ibsi.empty()) continue;
    EXPECT_TRUE(names.insert(std::string(row.ibsi_family) + "." + std::string(row.ibsi_feature)).second) << row.ibsi;
    // The standard has one identifier for the volume fractions at every intensity, and one for the intensities.
    if (row.ibsi != "BC2M" && row.ibsi != "GBPN") {
      EXPECT_TRUE(identifiers.insert(row.ibsi).second) << row.ibsi;
    }
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
    {"intensity histogram", "ih"}, {"IVH", "ivh"}, {"local intensity", "loc_int"}, {"GLCM", "glcm"}, {"GLRLM", "glrlm"},
    {"GLSZM", "glszm"}, {"GLDZM", "gldzm"}, {"NGTDM", "ngtdm"}, {"NGLDM", "ngldm"}};

/// How names end for an aggregation of the reference table.
const std::map<std::string, std::string> reference_aggregations{{"DHQ4", ""}, {"BTW3", "_2d_avg"}, {"SUJT", "_2d_mrg"},
    {"JJUI", "_25d_avg"}, {"ZW7Z", "_25d_mrg"}, {"ITBB", "_3d_avg"}, {"IAZD", "_3d_mrg"}, {"8QNN", "_2d"},
    {"62GR", "_25d"}, {"KOBO", "_3d"}};

/// Every column of the ibsi convention in every aggregation, by name.
std::map<std::string, Column> all_columns() {
  ConfigRequest request;
  request.preset = "ibsi";
  Config config = load_config(request);
  for (const auto word : aggregation_words()) config.settings.aggregations.emplace_back(word);
  config.image_types.at(0).settings = config.settings;
  std::map<std::string, Column> by_name;
  for (auto& column : columns(config)) EXPECT_TRUE(by_name.insert({column.name, column}).second) << column.name;
  return by_name;
}

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
  // The manual's features whose values found no consensus are not in the table.
  reference["ZH1A"] = {"morph", "volume_density_ombb"};
  reference["IQYR"] = {"morph", "area_density_ombb"};
  reference["SWZ1"] = {"morph", "volume_density_mvee"};
  reference["BRI8"] = {"morph", "area_density_mvee"};
  ASSERT_EQ(reference.size(), 25u + 4 + 2 + 18 + 23 + 4 + 25 + 16 + 16 + 16 + 5 + 17);
  for (const auto& row : features()) {
    if (row.ibsi.empty()) continue;
    if (row.ibsi == "BC2M" || row.ibsi == "GBPN") continue;  // two features each: see the next test
    const auto found = reference.find(std::string(row.ibsi));
    ASSERT_NE(found, reference.end()) << row.ibsi << " of " << row.pyradiomics;
    EXPECT_EQ(found->second.first, row.ibsi_family) << row.ibsi;
    EXPECT_EQ(found->second.second, row.ibsi_feature) << row.ibsi;
  }
}

TEST(Catalogue, EveryReferenceValueHasItsColumn) {
  RADLOOM_NEEDS_DATA("ibsi1/reference_values.csv");
  const auto all = all_columns();
  std::ifstream file(test::data_root() / "ibsi1/reference_values.csv");
  std::string line;
  std::getline(file, line);
  std::map<std::string, std::set<std::string>> mapped;  // by configuration
  std::size_t rows = 0;
  while (std::getline(file, line)) {
    const auto fields = csv_fields(line);
    if (fields.at(6).empty()) continue;  // a diagnostic
    ++rows;
    ASSERT_TRUE(reference_families.count(fields[1])) << line;
    ASSERT_TRUE(reference_aggregations.count(fields[4])) << line;
    const auto name =
        "original_" + reference_families.at(fields[1]) + "_" + snake(fields[5]) + reference_aggregations.at(fields[4]);
    const auto column = all.find(name);
    ASSERT_NE(column, all.end()) << name;
    EXPECT_EQ(column->second.feature->ibsi, fields[6]) << name;
    EXPECT_EQ(column->second.aggregation.ibsi, fields[4] == "DHQ4" ? "" : fields[4]) << name;
    EXPECT_TRUE(mapped[fields[0]].insert(name).second) << name << " stands for two rows of " << fields[0];
  }
  EXPECT_EQ(rows, 1804u);
  EXPECT_EQ(mapped["digital"].size(), 482u);
  // What is left are the densities that have no reference, and MCC, which the standard has not.
  EXPECT_EQ(all.size(), 482u + 4);
}

TEST(Catalogue, AggregationsAreThoseAskedFor) {
  ConfigRequest request;
  request.preset = "ibsi";
  Config config = load_config(request);
  const auto suffixes = [&](const std::vector<std::string>& words, bool force_2d, const std::string& family) {
    config.settings.aggregations = words;
    config.settings.force_2d = force_2d;
    config.image_types.at(0).settings = config.settings;
    std::set<std::string> found;
    for (const auto& c : columns(config))
      if (c.feature->ibsi_family == family) found.insert(std::string(c.aggregation.suffix));
    return found;
  };
  using Set = std::set<std::string>;
  EXPECT_EQ(suffixes({}, false, "glcm"), (Set{"3d_avg", "3d_mrg"}));
  EXPECT_EQ(suffixes({}, true, "glcm"), (Set{"25d_avg", "25d_mrg"}));
  EXPECT_EQ(suffixes({"3d_mrg", "2d_avg"}, true, "glrlm"), (Set{"2d_avg", "3d_mrg"}));
  EXPECT_EQ(suffixes({"3d_mrg", "2d_avg"}, true, "gldzm"), (Set{"2d", "3d"}));
  EXPECT_EQ(suffixes({"25d_mrg"}, false, "ngldm"), (Set{"25d"}));
  EXPECT_EQ(suffixes({"25d_mrg"}, false, "ivh"), (Set{""}));
}

TEST(Catalogue, PyRadiomicsHasNoneOfTheStandardsOwn) {
  Config config = load_config({});
  config.convention = Convention::pyradiomics;
  config.families = {{Family::shape, {}}, {Family::gldm, {}}};
  for (const auto& c : columns(config)) EXPECT_FALSE(c.feature->pyradiomics.empty()) << c.name;
  config.families = {{Family::shape, {"asphericity"}}};
  EXPECT_THROW(columns(config), Error);
  config.families = {{Family::ivh, {}}};
  EXPECT_THROW(columns(config), Error);
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
  EXPECT_EQ(find_family("shape2D").at(0).family, Family::shape2d);
  EXPECT_EQ(find_family("morph").at(0).family, Family::shape);
  ASSERT_EQ(find_family("ih").size(), 2u);
  EXPECT_EQ(find_family("ih")[0].family, Family::firstorder);
  EXPECT_EQ(find_family("ih")[1].family, Family::ih);
  EXPECT_EQ(find_family("ih")[0].ibsi_family, "ih");
  EXPECT_EQ(find_family("gldzm").at(0).family, Family::gldzm);
  EXPECT_EQ(find_family("glcm").at(0).ibsi_family, "");
  EXPECT_TRUE(find_family("").empty());
  EXPECT_TRUE(find_family("GLCM").empty());
}

}  // namespace
}  // namespace radloom
