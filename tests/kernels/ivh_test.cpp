// Intensity-volume histograms on the emulated device against the cpu's, which tests/families hold against the definition.
#include "families/ivh/features.hpp"
#include "kernels/firstorder/order_stage.hpp"
#include "kernels/intensity_case.hpp"
#include "kernels/ivh/stage.hpp"
#include "simt/device.hpp"

namespace radloom::test::ivh_kernels {
namespace {

/// Features of every region, measured in one batch.
std::vector<std::vector<double>> on_device(
    const std::vector<SmallRegion>& regions, const Settings& settings, unsigned seed) {
  simt::Device device({.seed = seed});
  std::vector<std::vector<double>> out;
  {
    backend::Wanted wanted;
    wanted.family[int(Family::ivh)] = true;  // no gray levels
    StageCase batch(device, regions, settings, Convention::ibsi, wanted);
    const auto input = batch.input();
    FeatureRoom room(input, feature::ivh::count);
    const firstorder::Order<simt::Device> order(input);
    const ivh::Stage<simt::Device> stage(input, ivh::rule_of(settings), order.selection(), {room.span(), {}});
    out = room.values();
  }
  device.finish();
  return out;
}

/// Every discretisation, with a range and without.
std::vector<Settings> every_scale() {
  std::vector<Settings> out;
  for (const auto d : {IvhDiscretisation::none, IvhDiscretisation::fixed_bin_size, IvhDiscretisation::fixed_bin_number})
    for (const bool range : {false, true}) {
      Settings s;
      s.ivh_discretisation = d;
      s.ivh_bin_width = 2.5;
      s.ivh_bin_count = 40;
      if (range) s.ivh_range = {-31.5, 230};
      out.push_back(s);
    }
  out.emplace_back();
  out.back().resegment_mode = ResegmentMode::absolute;
  out.back().resegment_range = {400, -500};
  return out;
}

void expect_same(const std::vector<double>& ours, const std::vector<double>& expected) {
  for (std::size_t f = 0; f < expected.size(); ++f)
    EXPECT_EQ(relative(ours[f], expected[f]), 0) << "feature " << f << ": " << ours[f] << ", not " << expected[f];
}

/// Counts and order statistics alone, so nothing is rounded.
TEST(IntensityVolumeKernels, equalTheCpuOnRaggedBatches) {
  unsigned seed = 0;
  for (const auto& settings : every_scale()) {
    const auto regions = intensities(100 * ++seed);
    const auto values = on_device(regions, settings, seed);
    for (std::size_t r = 0; r < regions.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "region " << r << ", settings " << seed);
      expect_same(values[r], ivh::compute(regions[r].image, regions[r].mask(), settings));
    }
  }
}

/// Tenths of a region whose voxels all differ: no tie hides a rank that is off by one.
TEST(IntensityVolumeKernels, everyNumberOfVoxels) {
  std::vector<SmallRegion> regions;
  for (int n = 1; n <= 45; ++n) {
    oracle::Grid grid{{n, 1, 1}, {}};
    for (int i = 0; i < n; ++i) grid.level.push_back(n - i);
    regions.push_back(typed<float>(grid, 1.25, 0.5));
  }
  const auto values = on_device(regions, {}, 3);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    SCOPED_TRACE(testing::Message() << r + 1 << " voxels");
    expect_same(values[r], ivh::compute(regions[r].image, regions[r].mask(), {}));
  }
}

TEST(IntensityVolumeKernels, ranksAreAmongThoseOfThePercentiles) {
  for (std::int64_t n = 1; n < 200000; n += n < 20000 ? 1 : 37)
    for (int i = 0; i < ivh::percentages; ++i) {
      const auto place =
          firstorder::percentile_place(n, firstorder::percentile_fraction(i == 0 ? firstorder::percentiles - 1 : 0));
      const auto rank = ivh::rank_below(n, ivh::percentage(i));
      ASSERT_TRUE(rank == place.lower || rank == place.upper) << n << ": " << rank << ", " << place.lower;
    }
}

TEST(IntensityVolumeKernels, neitherCompanyNorOrderNorSeedShows) {
  auto regions = intensities(50);
  const Settings settings = every_scale()[2];
  const auto together = on_device(regions, settings, 1);
  for (std::size_t r = 0; r < regions.size(); ++r) expect_same(on_device({regions[r]}, settings, 9)[0], together[r]);
  std::reverse(regions.begin(), regions.end());
  auto backwards = on_device(regions, settings, 2);
  std::reverse(backwards.begin(), backwards.end());
  for (std::size_t r = 0; r < regions.size(); ++r) expect_same(backwards[r], together[r]);
}

/// A region without a voxel takes nothing from its neighbours, and gives them nothing.
TEST(IntensityVolumeKernels, ofNothing) {
  const auto regions = intensities(70);
  const std::vector<SmallRegion> batch{
      regions[1], SmallRegion(oracle::Grid{{4, 3, 2}, std::vector<int>(24, 0)}), regions[2]};
  const auto values = on_device(batch, {}, 4);
  for (const double v : values[1]) EXPECT_TRUE(std::isnan(v));
  expect_same(values[0], on_device({regions[1]}, {}, 5)[0]);
  expect_same(values[2], on_device({regions[2]}, {}, 6)[0]);
}

}  // namespace
}  // namespace radloom::test::ivh_kernels
