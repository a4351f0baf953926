#pragma once
/// The small random regions of small.json.
#include "pyradiomics/figures.hpp"
#include "support/measure.hpp"
#include "support/oracle.hpp"

namespace radloom::test {

struct SmallCase {
  std::string name;
  oracle::Grid grid;  ///< intensities; 0 outside
  std::array<double, 3> spacing{1, 1, 1};
  Json settings;
  std::map<std::string, double> values;  ///< by PyRadiomics' names
  Json matrices;

  oracle::Neighbours neighbours() const {
    return {settings.value("distances", std::vector<int>{1}), settings.value("force2D", false),
        settings.value("force2Ddimension", 0)};
  }
  oracle::Norm norm() const {
    const auto name_of_norm = settings.value("weightingNorm", std::string());
    return name_of_norm.empty()          ? oracle::Norm::per_direction
           : name_of_norm == "infinity"  ? oracle::Norm::infinity
           : name_of_norm == "euclidean" ? oracle::Norm::euclidean
           : name_of_norm == "manhattan" ? oracle::Norm::manhattan
                                         : oracle::Norm::no_weighting;
  }
  Matrices matrices_by_definition() const {
    return oracle::matrices(counted_from_one(grid), neighbours(), settings.value("gldm_a", 0));
  }
};

inline std::vector<SmallCase> small_cases() {
  std::vector<SmallCase> result;
  const Json file = figures("small.json");
  for (const auto& entry : file.at("cases")) {
    SmallCase c;
    c.name = entry.at("name");
    c.grid.size = entry.at("size").get<std::array<int, 3>>();
    for (const int v : entry.at("voxels")) c.grid.level.push_back(v < 0 ? 0 : v);
    c.spacing = entry.at("spacing").get<std::array<double, 3>>();
    c.settings = entry.at("settings");
    c.matrices = entry.at("matrices");
    if (!entry.at("values").is_array()) throw std::runtime_error(c.name + ": " + entry.at("values").get<std::string>());
    for (std::size_t k = 0; k < file.at("names").size(); ++k)
      c.values[file.at("names")[k]] = number_or_nan(entry.at("values")[k]);
    result.push_back(c);
  }
  return result;
}

/// Compares matrices with the digests of generate.py.
inline void expect_digests(const Matrices& ours, const Json& figures_of_case) {
  const auto same = [](const oracle::Digest& digest, const Json& expected, const std::string& what) {
    EXPECT_EQ(digest.cells, expected[0].get<std::uint64_t>()) << what;
    EXPECT_EQ(digest.total, expected[1].get<std::uint64_t>()) << what;
    EXPECT_EQ(digest.hash, expected[2].get<std::string>()) << what;
  };
  const auto directions = [&](const std::vector<std::array<int, 3>>& offsets, const Json& expected, const char* family,
                              auto digest_of) {
    std::size_t matched = 0;
    for (std::size_t k = 0; k < offsets.size(); ++k) {
      const auto& o = offsets[k];
      const auto name = std::to_string(o[0]) + "," + std::to_string(o[1]) + "," + std::to_string(o[2]);
      const oracle::Digest digest = digest_of(k);
      if (expected.contains(name)) {
        same(digest, expected.at(name), std::string(family) + " along " + name);
        ++matched;
      } else {
        EXPECT_EQ(digest.total, 0u) << family << " along " << name;
      }
    }
    EXPECT_EQ(matched, expected.size()) << family;
  };
  directions(ours.glcm_offsets, figures_of_case.at("glcm"), "glcm",
      [&](std::size_t k) { return oracle::digest_glcm(ours, k); });
  directions(ours.glrlm_offsets, figures_of_case.at("glrlm"), "glrlm",
      [&](std::size_t k) { return oracle::digest_cells(ours.glrlm[k]); });
  same(oracle::digest_cells(ours.glszm), figures_of_case.at("glszm"), "glszm");
  same(oracle::digest_cells(ours.gldm), figures_of_case.at("gldm"), "gldm");
  same(oracle::digest_counts(ours.gray_levels, ours.ngtdm_count), figures_of_case.at("ngtdm_count"), "ngtdm count");
  const Json& differences = figures_of_case.at("ngtdm_difference");
  ASSERT_EQ(differences.size(), ours.ngtdm_difference.size());
  for (std::size_t row = 0; row < differences.size(); ++row) {
    double sum = 0;
    for (std::size_t k = 1; k < ours.ngtdm_difference[row].size(); ++k)
      sum += double(ours.ngtdm_difference[row][k]) / double(k);
    EXPECT_LT(relative(sum, differences[row].get<double>()), 1e-12) << "ngtdm difference of row " << row;
  }
}

}  // namespace radloom::test
