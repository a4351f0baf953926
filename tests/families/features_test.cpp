// Every feature of random small regions, through the engine, against its definition.
#include <random>

#include "families/firstorder/measure.hpp"
#include "support/measure.hpp"

namespace radloom::test {
namespace {

using oracle::Features;
using oracle::Grid;

struct Setting {
  std::string text = "{}";
  oracle::Neighbours neighbours;
  int alpha = 0;
  bool symmetrical = true;
  oracle::Norm norm = oracle::Norm::per_direction;
  double shift = 0;
};

class DefinedFeatures : public OnBackend<std::string> {
 protected:
  void check(const Grid& grid, const Setting& s = {}, const std::array<double, 3>& spacing = {1, 1, 1}) {
    SCOPED_TRACE(
        testing::Message() << grid.size[0] << " x " << grid.size[1] << " x " << grid.size[2] << ", " << s.text);
    Config config = pyradiomics_config(s.text);
    config.image_types[0].settings.bin_width = 1;
    config.settings.minimum_roi_dimensions = 1;
    const Engine engine(config, options_of(GetParam(), 1));
    const auto v = volumes_of(grid, spacing);
    const auto record = engine.extract(v.image, v.mask);
    ASSERT_EQ(record.status, Status::ok) << record.error.message
                                         << (record.regions.empty() ? "" : record.regions[0].error.message);
    const Grid levels = counted_from_one(grid);
    const auto matrices = oracle::matrices(levels, s.neighbours, s.alpha);
    std::vector<double> intensities;
    std::vector<int> inside;
    for (std::size_t k = 0; k < grid.level.size(); ++k)
      if (grid.level[k]) {
        intensities.push_back(grid.level[k]);
        inside.push_back(levels.level[k]);
      }
    const std::map<Family, Features> families{
        {Family::firstorder, oracle::firstorder(intensities, inside, s.shift, spacing[0] * spacing[1] * spacing[2])},
        {Family::shape, oracle::shape(grid, spacing)},
        {Family::glcm, oracle::glcm(matrices, s.symmetrical, s.norm, spacing)},
        {Family::glrlm, oracle::glrlm(matrices, s.norm, spacing)}, {Family::glszm, oracle::glszm(matrices)},
        {Family::gldm, oracle::gldm(matrices)}, {Family::ngtdm, oracle::ngtdm(matrices)}};
    for (std::size_t k = 0; k < engine.run().columns.size(); ++k) {
      const auto& feature = *engine.run().columns[k].feature;
      const auto& defined = families.at(feature.family);
      const auto found = defined.find(std::string(feature.pyradiomics));
      if (found == defined.end()) {
        ASSERT_EQ(feature.family, Family::shape) << feature.pyradiomics;  // the mesh: compared with PyRadiomics
        continue;
      }
      const double ours = number(record.regions[0].values[k]);
      // Roots of rounding errors are no values; PyRadiomics' epsilon in MCC is not the definition's.
      const bool mcc = feature.pyradiomics == "MCC",
                 root = mcc || feature.pyradiomics == "Imc2" || feature.family == Family::shape;
      EXPECT_LT(relative(ours, found->second, root ? 1e-6 : 1e-13), mcc ? 1e-7 : 1e-9)
          << engine.run().columns[k].name << ": " << ours << ", defined " << found->second;
      ++compared_;
    }
  }
  std::size_t compared_ = 0;
};

/// How many levels there are decides how a device counts, the sizes how it cuts its work, and neither sees the other; so the emulated device
/// has many levels with the first size alone, and no more of them than its classes of matrices (64, 256, 1,024 levels) ask for: MCC is
/// an eigenvalue of large matrices.
TEST_P(DefinedFeatures, sizesAndLevels) {
  std::uint32_t seed = 1;
  const bool emulated = GetParam() == "simt";
  for (const int levels : {2, 5, 16, 33, 64, emulated ? 70 : 130, emulated ? 260 : 300})
    for (const auto& size : {std::array<int, 3>{7, 6, 5}, std::array<int, 3>{12, 3, 1}, std::array<int, 3>{33, 4, 3}}) {
      const bool both = !emulated || levels <= 64 || size[2] == 5;
      if (both) check(random_grid(size, {0.8, levels, false}, seed), {}, {0.7, 0.9, 2.5});
      check(random_grid(size, {0.95, levels, true}, seed + 1));
      seed += 2;
    }
  EXPECT_GT(compared_, 3500u);
}

TEST_P(DefinedFeatures, thinRegions) {
  check(random_grid({25, 1, 1}, {1.1, 4, false}, 50), {}, {0.5, 1, 2});
  check(random_grid({1, 25, 1}, {0.9, 4, false}, 51), {}, {0.5, 1, 2});
  check(random_grid({1, 1, 25}, {0.9, 4, false}, 52), {}, {0.5, 1, 2});
  check(random_grid({1, 9, 8}, {0.9, 4, true}, 53), {}, {0.5, 1, 2});
  check(Grid{{2, 1, 1}, {1, 2}});
  check(Grid{{3, 1, 1}, {2, 2, 2}});
}

TEST_P(DefinedFeatures, settings) {
  const Grid grid = random_grid({8, 7, 6}, {0.8, 7, false}, 60);
  const std::array<double, 3> spacing{0.4, 0.6, 1.1};
  using oracle::Norm;
  check(grid, {R"({"weightingNorm": "infinity"})", {}, 0, true, Norm::infinity}, spacing);
  check(grid, {R"({"weightingNorm": "euclidean"})", {}, 0, true, Norm::euclidean}, spacing);
  check(grid, {R"({"weightingNorm": "manhattan"})", {}, 0, true, Norm::manhattan}, spacing);
  check(grid, {R"({"weightingNorm": "no_weighting"})", {}, 0, true, Norm::no_weighting}, spacing);
  check(grid, {R"({"symmetricalGLCM": false})", {}, 0, false}, spacing);
  check(grid, {R"({"symmetricalGLCM": false, "weightingNorm": "euclidean"})", {}, 0, false, Norm::euclidean}, spacing);
  check(grid, {R"({"gldm_a": 2})", {}, 2}, spacing);
  check(grid, {R"({"distances": [1, 2]})", {{1, 2}}}, spacing);
  check(grid, {R"({"distances": [1, 3], "weightingNorm": "manhattan"})", {{1, 3}}, 0, true, Norm::manhattan}, spacing);
  check(grid, {R"({"voxelArrayShift": 2000})", {}, 0, true, Norm::per_direction, 2000}, spacing);
  for (const int d : {0, 1, 2})
    check(grid, {R"({"force2D": true, "force2Ddimension": )" + std::to_string(d) + "}", {{1}, true, d}}, spacing);
  check(
      grid, {R"({"force2D": true, "weightingNorm": "euclidean"})", {{1}, true, 0}, 0, true, Norm::euclidean}, spacing);
}

TEST_P(DefinedFeatures, shapeOfSlices) {
  std::uint32_t seed = 80;
  for (const int dimension : {0, 1, 2})
    for (const double filled : {0.3, 0.6, 0.9, 1.1}) {
      std::array<int, 3> size{9, 8, 7};
      size[std::size_t(2 - dimension)] = 1;
      const Grid grid = random_grid(size, {filled, 2, false}, seed++);
      const std::array<double, 3> spacing{0.5, 0.75, 1.25};
      const Config config =
          pyradiomics_config(R"({"force2D": true, "force2Ddimension": )" + std::to_string(dimension) + "}",
              R"({"shape2D": ["Elongation", "MajorAxisLength", "MaximumDiameter", "MeshSurface", "MinorAxisLength",
                                                  "Perimeter", "PerimeterSurfaceRatio", "PixelSurface", "SphericalDisproportion", "Sphericity"]})");
      const Engine engine(config, options_of(GetParam(), 1));
      const auto v = volumes_of(grid, spacing);
      const auto record = engine.extract(v.image, v.mask);
      ASSERT_EQ(record.status, Status::ok)
          << record.error.message << (record.regions.empty() ? "" : record.regions[0].error.message);
      const auto defined = oracle::shape2d(grid, spacing, dimension);
      ASSERT_EQ(engine.run().columns.size(), defined.size());
      for (std::size_t k = 0; k < defined.size(); ++k) {
        const auto name = std::string(engine.run().columns[k].feature->pyradiomics);
        const double ours = number(record.regions[0].values[k]);
        EXPECT_LT(relative(ours, defined.at(name), 1e-6), 1e-9)
            << name << " across " << dimension << ": " << ours << ", defined " << defined.at(name);
      }
    }
}

/// Percentiles of many voxels are selected, not sorted: with outliers, ties, ranges that overflow.
TEST(FirstOrder, percentilesOfManyVoxels) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal(40, 12);
  for (const int n : {4095, 4096, 5001, 20000})
    for (const char* kind : {"noise", "outlier", "ties", "two", "overflow", "heavy"}) {
      const std::string name = kind;
      std::vector<double> values;
      for (int i = 0; i < n; ++i) {
        const double v = normal(random);
        values.push_back(name == "ties"       ? std::round(v / 10)
                         : name == "two"      ? double(v > 50)
                         : name == "overflow" ? (v - 40) * 1e307
                         : name == "heavy"    ? std::pow(v / 40, 25)
                                              : v);
      }
      if (name == "outlier") values[7] = 1e12;
      const Geometry line{{n, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
      const auto m = firstorder::measure(
          Volume::from(line, values), Volume::from(line, std::vector<std::uint8_t>(std::size_t(n), 1)), 0);
      std::sort(values.begin(), values.end());
      const auto percentile = [&](double fraction) {
        const double place = fraction * (n - 1);
        const auto below = std::size_t(place);
        return values[below] * (1 - (place - double(below))) + values[below + 1] * (place - double(below));
      };
      const std::pair<double, double> pairs[] = {{m.p10, percentile(0.10)}, {m.p25, percentile(0.25)},
          {m.median, percentile(0.5)}, {m.p75, percentile(0.75)}, {m.p90, percentile(0.9)}};
      for (const auto& [ours, defined] : pairs)
        EXPECT_LE(std::abs(ours - defined), 1e-14 * std::abs(defined)) << name << ", " << n << " voxels";
      EXPECT_EQ(m.minimum, values.front());
      EXPECT_EQ(m.maximum, values.back());
    }
}

INSTANTIATE_TEST_SUITE_P(
    Backends, DefinedFeatures, testing::ValuesIn(backends()), [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace radloom::test
