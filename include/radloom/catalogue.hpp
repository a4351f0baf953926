#pragma once
/// THE table of features. A feature is named here and nowhere else.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radloom {

struct Config;

enum class Convention { ibsi, pyradiomics };
std::string_view convention_name(Convention convention) noexcept;

/// PyRadiomics' feature classes, then the families that only the standard has. IBSI's names of the former stand beside them in the
/// table; of its intensity histogram, PyRadiomics has two features in firstorder, the others are in ih.
enum class Family : std::uint8_t {
  firstorder,
  shape,
  shape2d,
  glcm,
  glrlm,
  glszm,
  gldm,
  ngtdm,
  loc_int,
  ih,
  ivh,
  gldzm
};
inline constexpr int family_count = 12;
/// Whether PyRadiomics has a class of this name.
constexpr bool is_pyradiomics_class(Family family) noexcept { return family <= Family::ngtdm; }
/// PyRadiomics' name of a family, or the standard's where only that has it: "firstorder", "shape2D", "gldm", "ivh".
std::string_view family_name(Family family) noexcept;

/// A row of the table.
struct FeatureDefinition {
  Family family;
  int index;                      ///< position among the features of its family
  std::string_view pyradiomics;   ///< "JointAverage"; empty where PyRadiomics has no twin
  bool deprecated;                ///< PyRadiomics computes it only when it is asked for by name
  std::string_view ibsi_family;   ///< "glcm", "stat", "ih", "morph", "ngldm"; empty where IBSI has no twin
  std::string_view ibsi_feature;  ///< "joint_average": the manual's words; empty where IBSI has no twin
  std::string_view ibsi;          ///< "60VM": the permanent identifier; empty where IBSI has no twin
  std::string_view unit;          ///< "1", "mm", "mm^2", "mm^3", "intensity", "gray level", "bit", ...
  std::string_view definition;    ///< one sentence
};

/// What a feature is called where a name is enough within its family: PyRadiomics' name, or the standard's where that has it alone.
inline std::string_view own_name(const FeatureDefinition& feature) noexcept {
  return feature.pyradiomics.empty() ? feature.ibsi_feature : feature.pyradiomics;
}

/// Every feature, by family, in the order in which PyRadiomics reports them; those it has not come after them.
std::span<const FeatureDefinition> features() noexcept;
std::span<const FeatureDefinition> features(Family family) noexcept;

/// Where neighbours are looked for, and what is made of the slices: a value of each and their mean (2D), one matrix of all (2.5D), or
/// no slices at all (3D).
enum class Approach : std::uint8_t { slices, merged_slices, volume };
inline constexpr int approach_count = 3;

/// How per-direction or per-slice matrices became one value.
struct Aggregation {
  std::string_view suffix;  ///< "3d_avg"; empty where a feature has none, and in the pyradiomics convention
  std::string_view ibsi;    ///< "ITBB"; empty where there is none
};

/// One column of the output: a feature of an image type, with its name in the run's convention.
struct Column {
  std::string name;                  ///< "original_glcm_Contrast" or "original_glcm_contrast_3d_avg"
  std::string image_type;            ///< "original"
  const FeatureDefinition* feature;  ///< never null; points into the table
  Aggregation aggregation;
};

/// The columns a configuration makes, in order. They depend on the configuration alone, never on data.
std::vector<Column> columns(const Config& config);

}  // namespace radloom
