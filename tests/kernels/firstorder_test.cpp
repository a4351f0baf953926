// First-order features on the emulated device against their definition and against the cpu's.
#include "families/firstorder/formulas.hpp"
#include "kernels/firstorder/stage.hpp"
#include "kernels/intensity_case.hpp"
#include "simt/device.hpp"

namespace radloom::test::firstorder_kernels {
namespace {

backend::Wanted wanted() {
  backend::Wanted w;
  w.family[int(Family::firstorder)] = true;
  w.averaged = true;
  return w;
}

/// Features of every region, measured in one batch.
std::vector<std::vector<double>> on_device(
    const std::vector<SmallRegion>& regions, const Settings& settings, Convention convention, unsigned seed) {
  simt::Device device({.seed = seed});
  std::vector<std::vector<double>> out;
  {
    StageCase batch(device, regions, settings, convention, wanted());
    const auto input = batch.input();
    FeatureRoom room(input, feature::firstorder::count);
    const firstorder::Order<simt::Device> order(input);
    firstorder::Stage<simt::Device> stage(input, order.selection(), {room.span(), {}});
    out = room.values();
  }
  device.finish();
  return out;
}

std::vector<double> on_cpu(const SmallRegion& region, const Settings& settings, Convention convention) {
  const auto levels = discretised(region, settings);
  const bool pyradiomics = convention == Convention::pyradiomics;
  const auto m = firstorder::measure(region.image, region.mask(), pyradiomics ? settings.voxel_array_shift : 0);
  std::vector<double> out(feature::firstorder::count);
  firstorder::compute(
      SerialTeam{}, m, levels.voxels.data(), std::int64_t(levels.voxels.size()), pyradiomics, out.data());
  return out;
}

TEST(FirstOrderKernels, equalTheCpuOnRaggedBatchesInBothConventions) {
  Settings settings;
  settings.voxel_array_shift = 2000;
  for (const auto convention : {Convention::pyradiomics, Convention::ibsi})
    for (const unsigned seed : {1u, 2u, 3u}) {
      const auto regions = intensities(seed * 100);
      const auto values = on_device(regions, settings, convention, seed);
      for (std::size_t r = 0; r < regions.size(); ++r) {
        const auto expected = on_cpu(regions[r], settings, convention);
        for (int f = 0; f < feature::firstorder::count; ++f) {
          const auto name = features(Family::firstorder)[std::size_t(f)].pyradiomics;
          EXPECT_LT(relative(values[r][std::size_t(f)], expected[std::size_t(f)], 1e-13), 1e-11)
              << name << " of region " << r << ": " << values[r][std::size_t(f)] << ", cpu "
              << expected[std::size_t(f)];
        }
      }
    }
}

TEST(FirstOrderKernels, equalTheDefinition) {
  const auto regions = intensities(900);
  const auto values = on_device(regions, {}, Convention::pyradiomics, 7);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    std::vector<double> intensities;
    std::vector<int> levels;
    regions[r].image.visit([&](auto v) {
      for (std::size_t i = 0; i < v.size(); ++i)
        if (regions[r].grid.level[i]) {
          intensities.push_back(double(v[i]));
          levels.push_back(regions[r].grid.level[i]);
        }
    });
    const auto& s = regions[r].spacing_mm;
    for (const auto& [name, expected] : oracle::firstorder(intensities, levels, 0, s[0] * s[1] * s[2])) {
      for (const auto& f : features(Family::firstorder)) {
        if (f.pyradiomics != name) continue;
        EXPECT_LT(relative(values[r][std::size_t(f.index)], expected, 1e-9), 1e-9) << name << " of region " << r;
      }
    }
  }
}

TEST(FirstOrderKernels, neitherCompanyNorOrderNorSeedShows) {
  auto regions = intensities(50);
  const auto together = on_device(regions, {}, Convention::pyradiomics, 1);
  for (std::size_t r = 0; r < regions.size(); ++r)
    EXPECT_EQ(on_device({regions[r]}, {}, Convention::pyradiomics, 9)[0], together[r]);
  std::reverse(regions.begin(), regions.end());
  auto backwards = on_device(regions, {}, Convention::pyradiomics, 2);
  std::reverse(backwards.begin(), backwards.end());
  for (std::size_t r = 0; r < regions.size(); ++r)
    for (std::size_t f = 0; f < together[r].size(); ++f)
      EXPECT_EQ(relative(backwards[r][f], together[r][f]), 0) << r << " " << f;
}

}  // namespace
}  // namespace radloom::test::firstorder_kernels
