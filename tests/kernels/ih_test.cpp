// Intensity histograms on the emulated device against the cpu's, which tests/families hold against the definition.
#include "families/ih/features.hpp"
#include "kernels/ih/stage.hpp"
#include "kernels/size_matrix_case.hpp"

namespace radloom::test::ih_kernels {
namespace {

/// Features of every region, measured in one batch.
std::vector<std::vector<double>> on_device(const std::vector<SmallRegion>& regions, unsigned seed) {
  simt::Device device({.seed = seed});
  std::vector<std::vector<double>> out;
  {
    backend::Wanted wanted;
    wanted.family[int(Family::ih)] = true;
    StageCase batch(device, regions, {}, Convention::ibsi, wanted);
    const auto input = batch.input();
    FeatureRoom room(input, feature::ih::count);
    const ih::Stage<simt::Device> stage(input, {room.span(), {}});
    out = room.values();
  }
  device.finish();
  return out;
}

/// Beside textures, more levels than a block has threads, gaps of many empty levels, ties of modes and of gradients.
std::vector<SmallRegion> histograms(std::uint32_t seed) {
  auto out = textures(seed);
  out.emplace_back(random_grid({14, 13, 12}, {0.9, 700, false}, seed + 30));
  out.emplace_back(oracle::Grid{{3, 1, 1}, {1, 3000, 3000}});
  out.emplace_back(oracle::Grid{{4, 1, 1}, {900, 1, 900, 1}});
  out.emplace_back(oracle::Grid{{6, 1, 1}, {2, 4, 4, 2, 9, 1}});
  out.emplace_back(drawn_levels({257, 1, 1}, [](int x, int, int) { return x + 1; }));
  out.emplace_back(drawn_levels({513, 1, 2}, [](int x, int, int z) { return z ? 1 + x / 3 : 513 - x; }));
  return out;
}

/// Counts, order statistics, the mode and the gradients exactly; sums within rounding.
void expect_same(const std::vector<double>& ours, const std::vector<double>& expected) {
  namespace f = feature::ih;
  for (int i = 0; i < f::count; ++i) {
    const bool sum = i == f::coefficient_of_variation || i == f::excess_kurtosis || i == f::skewness || i == f::mean ||
                     i == f::mean_absolute_deviation || i == f::median_absolute_deviation ||
                     i == f::robust_mean_absolute_deviation || i == f::variance;
    EXPECT_LE(relative(ours[std::size_t(i)], expected[std::size_t(i)], sum ? 1e-13 : 0), sum ? 1e-12 : 0)
        << features(Family::ih)[std::size_t(i)].ibsi_feature << ": " << ours[std::size_t(i)] << ", cpu "
        << expected[std::size_t(i)];
  }
}

TEST(HistogramKernels, equalTheCpuOnRaggedBatches) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const auto regions = histograms(seed * 100);
    const auto values = on_device(regions, seed);
    for (std::size_t r = 0; r < regions.size(); ++r) {
      SCOPED_TRACE(testing::Message() << "region " << r);
      expect_same(values[r], ih::compute(discretised(regions[r], {})));
    }
  }
}

/// Of levels equally frequent the one closest to the mean, the lower of two; of equal gradients the lowest level.
TEST(HistogramKernels, tiesAreDecided) {
  namespace f = feature::ih;
  const std::vector<SmallRegion> regions{SmallRegion(oracle::Grid{{4, 1, 1}, {900, 1, 900, 1}}),
      SmallRegion(oracle::Grid{{6, 1, 1}, {2, 4, 4, 2, 9, 1}}), SmallRegion(oracle::Grid{{5, 1, 1}, {7, 7, 7, 7, 7}})};
  const auto values = on_device(regions, 5);
  EXPECT_EQ(values[0][f::mode], 1);
  EXPECT_EQ(values[0][f::maximum_histogram_gradient_intensity], 900);
  EXPECT_EQ(values[0][f::minimum_histogram_gradient_intensity], 1);
  EXPECT_EQ(values[1][f::mode], 4);  // the mean is 22 / 6
  EXPECT_EQ(values[1][f::maximum_histogram_gradient], 1);
  EXPECT_EQ(values[1][f::maximum_histogram_gradient_intensity], 1);
  EXPECT_EQ(values[2][f::mode], 7);
  EXPECT_TRUE(std::isnan(values[2][f::maximum_histogram_gradient]));
  EXPECT_TRUE(std::isnan(values[2][f::skewness]));
}

TEST(HistogramKernels, neitherCompanyNorOrderNorSeedShows) {
  auto regions = histograms(50);
  const auto together = on_device(regions, 1);
  const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
    for (std::size_t f = 0; f < a.size(); ++f) EXPECT_EQ(relative(a[f], b[f]), 0) << f;
  };
  for (std::size_t r = 0; r < regions.size(); ++r) same(on_device({regions[r]}, 9)[0], together[r]);
  std::reverse(regions.begin(), regions.end());
  auto backwards = on_device(regions, 2);
  std::reverse(backwards.begin(), backwards.end());
  for (std::size_t r = 0; r < regions.size(); ++r) same(backwards[r], together[r]);
}

TEST(HistogramKernels, ofNothing) {
  const SmallRegion nothing(oracle::Grid{{4, 3, 2}, std::vector<int>(24, 0)});
  const auto values = on_device({nothing}, 4);
  for (const double v : values[0]) EXPECT_TRUE(std::isnan(v));
}

}  // namespace
}  // namespace radloom::test::ih_kernels
