// The definitions in tests/support give what PyRadiomics 3.0.1 gives, so that they may judge the engine.
#include "pyradiomics/small_cases.hpp"

namespace radloom::test {
namespace {

/// Axes of flat regions are the root of a rounding error; nothing below this is compared.
constexpr double no_length = 1e-6;

TEST(Oracle, matricesEqualPyRadiomics) {
  for (const auto& c : small_cases()) {
    SCOPED_TRACE(c.name);
    expect_digests(c.matrices_by_definition(), c.matrices);
  }
}

TEST(Oracle, featuresEqualPyRadiomics) {
  std::size_t compared = 0;
  for (const auto& c : small_cases()) {
    SCOPED_TRACE(c.name);
    const auto matrices = c.matrices_by_definition();
    const auto grid = counted_from_one(c.grid);
    std::vector<double> intensities;
    std::vector<int> levels;
    for (std::size_t k = 0; k < grid.level.size(); ++k)
      if (grid.level[k]) {
        intensities.push_back(c.grid.level[k]);
        levels.push_back(grid.level[k]);
      }
    const std::map<std::string, oracle::Features> families{
        {"firstorder", oracle::firstorder(intensities, levels, c.settings.value("voxelArrayShift", 0.0),
                           c.spacing[0] * c.spacing[1] * c.spacing[2])},
        {"shape", oracle::shape(c.grid, c.spacing)},
        {"glcm", oracle::glcm(matrices, c.settings.value("symmetricalGLCM", true), c.norm(), c.spacing)},
        {"glrlm", oracle::glrlm(matrices, c.norm(), c.spacing)}, {"glszm", oracle::glszm(matrices)},
        {"gldm", oracle::gldm(matrices)}, {"ngtdm", oracle::ngtdm(matrices)}};
    for (const auto& [name, expected] : c.values) {
      const auto family = name.substr(9, name.find('_', 9) - 9);
      const auto feature = name.substr(name.rfind('_') + 1);
      const auto found = families.at(family).find(feature);
      if (found == families.at(family).end()) {
        EXPECT_EQ(family, "shape") << name << " has no definition";  // the mesh's features
        continue;
      }
      // MCC: PyRadiomics adds epsilon to a denominator, and takes the root of what may be a rounding error.
      const bool root = feature == "MCC" || family == "shape" || feature == "Imc2";
      EXPECT_LT(relative(found->second, expected, root ? no_length : 1e-13), feature == "MCC" ? 1e-7 : 1e-10)
          << name << ": " << found->second << ", PyRadiomics " << expected;
      ++compared;
    }
  }
  EXPECT_EQ(
      compared, 31u * 103u);  // cases, and the features that have a definition here (all but the four of the mesh)
}

}  // namespace
}  // namespace radloom::test
